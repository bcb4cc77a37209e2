#!/bin/bash
# Stage 2, process 1 of the laboratory: a system without an init, just enough for USB, and the agent.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /dev/pts /dev/shm /run/lock /run/dbus /run/avahi-daemon
mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm; mount -t cgroup2 none /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd; ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
hostname inkstand-lab
ip link set lo up
/lib/systemd/systemd-udevd --daemon >/dev/null 2>&1     # libusb's hot-plug, hence ipp-usb, needs it
modprobe -a configfs libcomposite vhci-hcd
modprobe dummy_hcd num=2
mount -t configfs none /sys/kernel/config
# The agent's interpreter stands in the kernel's command line.
for word in $(</proc/cmdline); do
    case $word in lab.python=*) python=${word#lab.python=};; esac
done
"$python" /run/lab/agent.py </dev/null >/dev/ttyS0 2>&1
echo b >/proc/sysrq-trigger     # reboot at once; QEMU runs with -no-reboot

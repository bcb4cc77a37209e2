#!/bin/busybox sh
# Stage 1 of the laboratory's boot, from the initramfs: reach the host's files, stack the overlay, hand over.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
# "lab.probe" asks only whether a kernel gets this far.
grep -q lab.probe /proc/cmdline && { echo lab-probe-ok >/dev/ttyS0; reboot -f; }
for module in /modules/*.ko; do insmod "$module"; done

share() { mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2"; }
mkdir -p /mnt/root /mnt/kernel /mnt/rw
share agent /agent ro,cache=loose
share kernel /mnt/kernel ro,cache=loose
share root /mnt/root ro,cache=loose
mount -t tmpfs -o size=75% tmpfs /mnt/rw
mkdir /mnt/rw/up /mnt/rw/work
mount -t overlay -o lowerdir=/mnt/kernel:/mnt/root,upperdir=/mnt/rw/up,workdir=/mnt/rw/work,xino=off overlay /new ||
    exec sh
for d in proc sys dev run; do mkdir -p /new/$d; done
mount --move /proc /new/proc; mount --move /sys /new/sys; mount --move /dev /new/dev
mount -t tmpfs -o mode=755 run /new/run
mkdir -p /new/run/lab
mount --move /agent /new/run/lab
exec switch_root /new /run/lab/stage2.sh

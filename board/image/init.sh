#!/bin/busybox sh
# First program of the system. It says what goes wrong and starts over: the boot loader counts, and the other slot gets
# its turn. Nothing waits for a person: there is no console.
export PATH=/sbin:/bin LD_LIBRARY_PATH=/lib DM_DISABLE_UDEV=1
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755,nosuid,nodev,size=20% run /run
mkdir -p /run/inkstand

fail() {
  echo "inkstand: $*, starting over" >/dev/console
  sleep 3
  reboot -f
}
for module in /modules/*.ko; do insmod "$module"; done

# settings: DISK_ID ROOT_AT ROOT_LENGTH TABLE
. /settings
slot=
read -r line </proc/cmdline
for word in $line; do case $word in inkstand.slot=*) slot=${word#*=} ;; esac; done
case $slot in A) number=2 ;; B) number=3 ;; *) fail "no slot on the command line" ;; esac

# The card is the disk with our signature, wherever it is plugged in.
find_card() {
  for path in /sys/class/block/*/device; do
    name=${path%/device}; name=${name##*/}
    [ "$(hexdump -s 440 -n 4 -e '1/4 "%08x"' "/dev/$name" 2>/dev/null)" = "$DISK_ID" ] || continue
    case $name in *[0-9]) card=/dev/${name}p ;; *) card=/dev/$name ;; esac
    [ -b "${card}4" ] && disk=/dev/$name && return 0
  done
  return 1
}
tries=0
until find_card; do
  tries=$((tries + 1)); [ $tries -gt 500 ] && fail "no card with signature $DISK_ID"
  usleep 20000
done

# The root: what follows the kernel in the slot, each block proved as it is read.
dmsetup create slot --readonly --noudevsync --table "0 $ROOT_LENGTH linear ${card}${number} $ROOT_AT" || fail "slot $slot is not whole"
dmsetup create root --readonly --noudevsync --table "$TABLE" || fail "slot $slot can't be proved"
dmsetup mknodes
mount -t squashfs -o ro,nodev /dev/mapper/root /root || fail "slot $slot can't be mounted"

# The data: repaired as far as it can be, made anew if there is no other way. The printer waits for no udev.
fsck=0
e2fsck -p "${card}4" >/run/inkstand/fsck 2>&1 || fsck=$?
[ $fsck -lt 4 ] || { e2fsck -fy "${card}4" >>/run/inkstand/fsck 2>&1; }
data="noatime,nosuid,nodev,noexec,errors=remount-ro"
mount -t ext4 -o $data "${card}4" /root/data || {
  echo "inkstand: the data partition is beyond repair and made anew" >/dev/console
  /sbin/mke2fs -q -F -t ext4 -m 0 -L data "${card}4" && mount -t ext4 -o $data "${card}4" /root/data || fail "no data partition"
}
mount -t vfat -o ro,nosuid,nodev,noexec,umask=0077 "${card}1" /root/boot/firmware || echo "inkstand: no boot partition" >/dev/console

# Who this system is to DHCP and the like: made once, kept across updates.
id=/root/data/system/machine-id
[ -s $id ] || {
  mkdir -p /root/data/system
  read -r uuid </proc/sys/kernel/random/uuid
  echo "${uuid//-/}" >$id.new && sync && mv $id.new $id
}
mount -o bind,ro $id /root/etc/machine-id
# What is forgotten at every start, there before anything needs it.
mount -t tmpfs -o nosuid,nodev,noexec,size=10%,mode=755 var /root/var
mkdir -m 1777 /root/var/tmp
mount -t tmpfs -o nosuid,nodev,size=25%,mode=1777 tmp /root/tmp
echo "$disk" >/run/inkstand/disk
echo "$slot" >/run/inkstand/slot

mount -o move /dev /root/dev
mount -o move /run /root/run
umount /sys
umount /proc
exec switch_root /root /sbin/init

#!/bin/busybox sh
# First process of the Debian guest. Kernel parameters: vmi86.disk loads the drivers of a virtio disk and ext4, vmi86.ide
# those of an IDE disk and ext4.
export PATH=/bin HOME=/ PS1='# ' TERM=dumb
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

modules=/lib/modules/$(uname -r)
for parameter in $(cat /proc/cmdline); do
  case $parameter in
  vmi86.*) for name in $(cat "$modules/$parameter"); do insmod "$modules/$name.ko"; done ;;
  esac
done

# From here on the console is the shell's; the kernel says no more than what it dies of.
dmesg -n 1
echo vmi86-guest-ready
setsid cttyhack sh
poweroff -f

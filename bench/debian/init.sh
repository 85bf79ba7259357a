#!/bin/busybox sh
# First process of the Debian guest. Kernel parameters: vmi86.disk loads the drivers of a virtio disk and ext4, vmi86.ide
# those of an IDE disk and ext4, vmi86.console that of a virtio console, where the shell then is.
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
if [ -c /dev/hvc0 ]; then
  echo vmi86-guest-ready >/dev/hvc0
  setsid sh -c 'exec sh </dev/hvc0 >/dev/hvc0 2>&1'
else
  echo vmi86-guest-ready
  setsid cttyhack sh
fi
poweroff -f

/** Debian's own driver of the PIIX3 on a disk image: bus-master DMA, and PIO when that is forbidden. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { WITH_IDE_DISK } from '../../bench/debian/guest.ts';
import { BOOT_MS, debianOrSkip } from '../support/debian.ts';
import { MIB, md5, seq, shellWithDisk } from '../support/debian-shell.ts';

vi.setConfig({ testTimeout: BOOT_MS });

const found = await debianOrSkip("IDE with Debian's kernel is");

/** Loads the drivers as init would, but has libata keep off DMA. */
const WITHOUT_DMA = `cd /lib/modules/$(uname -r); for name in $(cat ${WITH_IDE_DISK}); do \
insmod $name.ko $([ $name = libata ] && echo dma=0); done; cd /`;

const ways = [
  { name: 'by bus-master DMA', parameter: WITH_IDE_DISK, load: undefined, mode: 'XFER_MW_DMA_2' },
  { name: 'by PIO', parameter: '', load: WITHOUT_DMA, mode: 'XFER_PIO_4' },
];

describe.skipIf(found === undefined).each(ways)('an IDE disk $name', ({ parameter, load, mode }) => {
  const guest = shellWithDisk(() => ({
    kernel: found!.kernels['686'],
    initrd: found!.initrd,
    append: `console=ttyS0 ${parameter}`.trim(),
    diskInterface: 'ide',
  }));
  const { before } = guest;
  const shell = (command: string) => guest.run(command);

  beforeAll(async () => {
    if (load !== undefined) await shell(load);
  }, BOOT_MS);

  test('is found and configured', async () => {
    expect(await shell('cat /sys/class/ata_device/dev1.0/xfer_mode /sys/block/sda/size')).toEqual({
      status: 0,
      output: `${mode}\n${before.length / 512}\n`,
    });
  });

  test('reads what the host wrote', async () => {
    expect(await shell('md5sum /dev/sda')).toEqual({ status: 0, output: `${md5(before)}  /dev/sda\n` });
  });

  test('writes what the host then finds', async () => {
    const written = Buffer.alloc(3 * MIB, 'v');
    const from = 1_000 * 512;
    await shell(`head -c ${written.length} /dev/zero | tr '\\0' v | dd of=/dev/sda bs=512 seek=1000 2>/dev/null`);
    expect((await shell('sync')).status).toBe(0);
    const expected = Buffer.from(before);
    written.copy(expected, from);
    expect(md5(guest.disk())).toBe(md5(expected));
  });

  test('holds a file system', async () => {
    const make =
      'mke2fs -F /dev/sda >/dev/null && mount -t ext4 /dev/sda /mnt && seq 50000 >/mnt/numbers && umount /mnt';
    expect(await shell(make)).toEqual({ status: 0, output: '' });
    expect(await shell('echo 3 >/proc/sys/vm/drop_caches; mount -t ext4 /dev/sda /mnt && md5sum /mnt/numbers')).toEqual(
      {
        status: 0,
        output: `${md5(seq(50_000))}  /mnt/numbers\n`,
      },
    );
    expect((await shell('umount /mnt; dmesg | grep -E "ata1.*(error|failed|exception)"')).output).toBe('');
  });
});

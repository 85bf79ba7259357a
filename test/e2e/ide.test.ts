/** Debian's own driver of the PIIX3 on a disk image: bus-master DMA, and PIO when that is forbidden. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WITH_IDE_DISK } from '../../bench/debian/guest.ts';
import type { Console } from '../support/console.ts';
import { BOOT_MS, boot, COMMAND_MS, debianOrSkip, untilShell } from '../support/debian.ts';
import { run } from '../support/shell.ts';

const MIB = 1 << 20;

vi.setConfig({ testTimeout: BOOT_MS });

const found = await debianOrSkip("IDE with Debian's kernel is");

const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');

/** Loads the drivers as init would, but has libata keep off DMA. */
const WITHOUT_DMA = `cd /lib/modules/$(uname -r); for name in $(cat ${WITH_IDE_DISK}); do \
insmod $name.ko $([ $name = libata ] && echo dma=0); done; cd /`;

const ways = [
  { name: 'by bus-master DMA', parameter: WITH_IDE_DISK, load: undefined, mode: 'XFER_MW_DMA_2' },
  { name: 'by PIO', parameter: '', load: WITHOUT_DMA, mode: 'XFER_PIO_4' },
];

describe.skipIf(found === undefined).each(ways)('an IDE disk $name', ({ parameter, load, mode }) => {
  let directory: string;
  let disk: string;
  const before = Buffer.alloc(8 * MIB, 'what the host wrote.');
  let guest: Console;
  const shell = (command: string) => run(guest, command, COMMAND_MS);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vmi86-ide-'));
    disk = join(directory, 'disk.img');
    writeFileSync(disk, before);
    const { kernels, initrd } = found!;
    const append = `console=ttyS0 ${parameter}`.trim();
    const files = { kernel: kernels['686'], initrd, append, disk, diskInterface: 'ide' as const };
    guest = boot(files);
    await untilShell(guest);
    if (load !== undefined) await shell(load);
  }, BOOT_MS);

  afterAll(() => {
    guest.kill();
    rmSync(directory, { recursive: true });
  });

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
    expect(md5(readFileSync(disk))).toBe(md5(expected));
  });

  test('holds a file system', async () => {
    const make =
      'mke2fs -F /dev/sda >/dev/null && mount -t ext4 /dev/sda /mnt && seq 50000 >/mnt/numbers && umount /mnt';
    expect(await shell(make)).toEqual({ status: 0, output: '' });
    const numbers = Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`).join('');
    expect(await shell('echo 3 >/proc/sys/vm/drop_caches; mount -t ext4 /dev/sda /mnt && md5sum /mnt/numbers')).toEqual(
      {
        status: 0,
        output: `${md5(Buffer.from(numbers))}  /mnt/numbers\n`,
      },
    );
    expect((await shell('umount /mnt; dmesg | grep -E "ata1.*(error|failed|exception)"')).output).toBe('');
  });
});

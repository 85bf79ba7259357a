/**
 * Debian's stock i386 kernels, from power on to power off, through the command line. VMI86_TEST_ENGINE=qemu runs what
 * applies in QEMU instead.
 */
import { describe, expect, test, vi } from 'vitest';
import { FLAVOURS, type Flavour, PROMPT, READY, WITH_DISK } from '../../bench/debian/guest.ts';
import { BOOT_MS, COMMAND_MS, debianOrSkip, inQemu } from '../support/debian.ts';
import { MIB, md5, seq, shellWithDisk } from '../support/debian-shell.ts';
import { type GuestFiles, vmi86 } from '../support/engines.ts';
import { run } from '../support/shell.ts';

vi.setConfig({ testTimeout: BOOT_MS });

const found = await debianOrSkip('Debian guests are');

function files(flavour: Flavour, parameters = ''): GuestFiles {
  return { kernel: found!.kernels[flavour], initrd: found!.initrd, append: `console=ttyS0 ${parameters}`.trim() };
}

describe.skipIf(found === undefined).each(FLAVOURS)('the %s kernel', (flavour) => {
  const guest = shellWithDisk(() => files(flavour, WITH_DISK));
  const { before } = guest;
  const shell = (command: string) => guest.run(command);

  test('names itself', async () => {
    const { output } = await shell('uname -a');
    expect(output).toMatch(new RegExp(`^Linux \\S+ 6\\.1\\.\\S+-${flavour} #1 SMP .* i686 GNU/Linux\\n$`));
  });

  test('calculates', async () => {
    expect(await shell('echo $((12345 * 6789)) $((-1000003 / 17)) $((-1000003 % 17)) $((0x7fffffff + 1))')).toEqual({
      status: 0,
      output: `${12345 * 6789} ${Math.trunc(-1000003 / 17)} ${-1000003 % 17} ${2 ** 31}\n`,
    });
    // busybox's awk counts in double precision, so this is the x87's work.
    const { output } = await shell(`awk 'BEGIN { for (i = 1; i <= 1000; i++) s += 1 / i; printf "%.9f\\n", s }'`);
    const sum = Array.from({ length: 1000 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b);
    expect(Number(output)).toBeCloseTo(sum, 8);
  });

  test('sums 16 MiB through a pipeline', async () => {
    const { output } = await shell(`head -c ${16 * MIB} /dev/zero | tr '\\0' v | md5sum`);
    expect(output).toBe(`${md5(Buffer.alloc(16 * MIB, 'v'))}  -\n`);
  });

  test('forks and executes', async () => {
    const { output } = await shell(
      'n=0; for i in $(seq 300); do n=$((n + $(expr $i % 7))); done; (exit 3); echo $n $?',
    );
    const sum = Array.from({ length: 300 }, (_, i) => (i + 1) % 7).reduce((a, b) => a + b);
    expect(output).toBe(`${sum} 3\n`);
    const processes = await shell('for i in $(seq 40); do sleep 1 & done; wait; ps | grep -c "[s]leep 1"');
    expect(processes.output).toBe('0\n');
  });

  test('reads the disk that the host wrote', async () => {
    expect(await shell('md5sum /dev/vda')).toEqual({ status: 0, output: `${md5(before)}  /dev/vda\n` });
  });

  test('keeps files on the disk, where the host finds them', async () => {
    const numbers = seq(50_000);
    expect(await shell('mke2fs -F /dev/vda >/dev/null && mount -t ext4 /dev/vda /mnt')).toEqual({
      status: 0,
      output: '',
    });
    expect((await shell('seq 50000 >/mnt/numbers && sync')).status).toBe(0);
    // Unmounting and dropping the caches leaves the disk as the only place to read it from.
    expect((await shell('umount /mnt && echo 3 >/proc/sys/vm/drop_caches')).status).toBe(0);
    expect(await shell('mount -t ext4 /dev/vda /mnt && md5sum /mnt/numbers && umount /mnt')).toEqual({
      status: 0,
      output: `${md5(numbers)}  /mnt/numbers\n`,
    });
    const after = guest.disk();
    expect(after.length).toBe(before.length);
    expect(after.readUInt16LE(1024 + 56), 'magic number of an ext2 superblock').toBe(0xef53);
    expect(after.indexOf(numbers.subarray(0, 1024)) % 1024, "the file's first block").toBe(0);
  });

  test('powers off with status 0', async () => {
    expect(await guest.powerOff()).toBe(0);
  });
});

const ways: [string, string[]][] = [
  ['--no-jit', ['--no-jit']],
  ['--jit-threshold 20', ['--jit-threshold', '20']],
];

if (inQemu) console.warn('What vmi86 boots by other ways is skipped: the engine is QEMU.');

describe.skipIf(found === undefined || inQemu)('other ways to execute', () => {
  test.each(ways)(
    '%s reaches the shell',
    async (_, options) => {
      const guest = vmi86(files('686'), options);
      try {
        await guest.expect(READY, BOOT_MS);
        await guest.expect(PROMPT, COMMAND_MS);
        expect(await run(guest, 'echo $((6 * 7))', COMMAND_MS)).toEqual({ status: 0, output: '42\n' });
        guest.type('poweroff -f\n');
        expect(await guest.exit).toBe(0);
      } finally {
        guest.kill();
      }
    },
    BOOT_MS,
  );

  test(
    '--icount prints the same bytes twice',
    async () => {
      const outputs: string[] = [];
      for (let n = 0; n < 2; n++) {
        const guest = vmi86(files('686'), ['--icount', '--exit-on', READY]);
        expect(await guest.exit).toBe(0);
        outputs.push(guest.output);
      }
      expect(outputs[0]).toContain(READY);
      expect(outputs[1]).toBe(outputs[0]);
    },
    2 * BOOT_MS,
  );
});

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBzImage, makeElf, makeVmlinux } from '../machine/boot/kernels.ts';
import { FakeHost } from './fake-host.ts';
import { runsForever } from './fake-machine.ts';

/** The command line as users run it, each case a process of its own. */

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const elf64 = { class: 2 as const, machine: 62, entry: 0x100000, segments: [] };

const code = makeVmlinux();

const FILES: Record<string, Uint8Array | string> = {
  empty: '',
  'text.txt': 'This is no kernel.\n',
  vmlinuz: makeBzImage(),
  'vmlinuz-amd64': makeBzImage({ xloadflags: 1 }),
  'vmlinux-amd64': makeElf(elf64),
  truncated: makeBzImage().subarray(0, 5000),
  'initrd-huge': new Uint8Array(8 * 2 ** 20),
  'code.elf': code,
  'truncated.elf': code.subarray(0, 60),
  'odd.img': new Uint8Array(1000),
  'disk.img': new Uint8Array(1024),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-'));
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true }));

function vmi86(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8', input: '' });
}

const kernel = ['--kernel', 'vmlinuz'];

describe('bad input is reported in one line with status 2', () => {
  it.each<[string[], RegExp]>([
    [[], /no command given/],
    [['bot'], /unknown command 'bot' \(Did you mean boot\?\)/],
    [['--quick'], /unknown option '--quick'/],
    [['disasm'], /give either a FILE or --hex BYTES/],
    [['disasm', '--hex', '01 4g'], /--hex: 'g' is no hexadecimal digit/],
    [['disasm', '--hex', '014'], /--hex: an odd number of digits/],
    [['disasm', '--hex', '90', '--base', 'high'], /'--base <address>' argument 'high' is invalid/],
    [
      ['disasm', '--hex', '90', '--base', '1000', '--range', '2000'],
      /no code at 0x2000; there is code at 0x1000-0x1001/,
    ],
    [['disasm', 'text.txt', '--range', '0-100'], /text\.txt: --range ends at 0x100; there is code at 0x0-0x13/],
    [['disasm', 'vmlinux-amd64'], /vmlinux-amd64: an ELF file, but not for the i386/],
    [['disasm', 'truncated.elf'], /truncated\.elf: a truncated or damaged ELF file/],
    [['disasm', 'code.elf', '--range', 'main'], /code\.elf: --range main: no such symbol/],
    [['disasm', 'code.elf', '--base', '0'], /code\.elf: --base is for raw bytes/],
    [['disasm', '--hex', '90', '--16', '--wasm'], /--wasm: only 32-bit code is translated/],
    [['profile', '--interval', '0'], /'--interval <n>' argument '0' is invalid/],
    [['profile', '--json', 'nowhere/p.json'], /nowhere\/p\.json: no such file/],
    [['profile', '--symbols', 'text.txt'], /text\.txt: neither an ELF file nor a System\.map/],
    [['profile', '--symbols', 'code.elf'], /code\.elf: an ELF file without symbols of code/],
    [['profile', '--symbols', 'missing.map'], /missing\.map: no such file/],
    [['boot', '--kernl', 'x'], /unknown option '--kernl' \(Did you mean --kernel\?\)/],
    [['boot', 'vmlinuz'], /too many arguments/],
    [['boot', '--kernel'], /option '--kernel <file>' argument missing/],
    [['boot', '--kernel', 'nowhere/vmlinuz'], /nowhere\/vmlinuz: no such file/],
    [['boot', '--kernel', '.'], /\.: is a directory/],
    [['boot', '--kernel', '/dev/zero'], /\/dev\/zero: not a regular file/],
    [['boot', '--kernel', 'empty'], /empty: the file is empty/],
    [['boot', '--kernel', 'text.txt'], /text\.txt: not a kernel/],
    [['boot', '--kernel', 'vmlinuz-amd64'], /vmlinuz-amd64: an x86-64 kernel/],
    [['boot', '--kernel', 'vmlinux-amd64'], /vmlinux-amd64: an x86-64 kernel/],
    [['boot', '--kernel', 'truncated'], /truncated: truncated kernel image: 5000 bytes of 6656/],
    [['boot', ...kernel, '--initrd', 'missing.gz'], /missing\.gz: no such file/],
    [['boot', ...kernel, '--initrd', 'empty'], /empty: the file is empty/],
    [['boot', ...kernel, '--initrd', 'initrd-huge', '--memory', '8M'], /initrd-huge: the initrd does not fit/],
    [['boot', ...kernel, '--append', 'x'.repeat(2048)], /vmlinuz: the command line has 2048 bytes/],
    [['boot', ...kernel, '--memory', '2G'], /memory: 2048 MiB is out of range/],
    [['boot', ...kernel, '--memory', '1M'], /memory: 1 MiB is out of range/],
    [['boot', ...kernel, '--memory', 'lots'], /'--memory <size>' argument 'lots' is invalid/],
    [['boot', ...kernel, '--disk', 'missing.img'], /missing\.img: no such file/],
    [['boot', ...kernel, '--disk', 'empty'], /empty: not a raw disk image: empty/],
    [['boot', ...kernel, '--disk', 'odd.img,readonly'], /odd\.img: not a raw disk image/],
    [['boot', ...kernel, '--disk', '.,readonly'], /\.: not a raw disk image: a directory/],
    [['boot', ...kernel, '--disk', 'disk.img,if=scsi'], /'--disk .*' argument 'disk\.img,if=scsi' is invalid/],
    [['boot', ...kernel, ...Array(5).fill(['--disk', 'disk.img,if=ide']).flat()], /5 IDE disks are too many, 4 are/],
    [['boot', ...kernel, '--timeout', '-1'], /'--timeout <seconds>' argument '-1' is invalid/],
    [['boot', ...kernel, '--exit-on', ''], /'--exit-on <text>' argument '' is invalid/],
    [['boot', ...kernel, '--jit-threshold', '1.5'], /'--jit-threshold <n>' argument '1\.5' is invalid/],
    [['boot', ...kernel, '--region-limit', '0'], /'--region-limit <n>' argument '0' is invalid/],
    [['boot', ...kernel, '--gdb', '70000'], /'--gdb <port>' argument '70000' is invalid/],
    [
      ['boot', ...kernel, '--trace', 'exec,nonsense'],
      /'--trace <subjects>' argument 'exec,nonsense' is invalid\. Subjects/,
    ],
    [['boot', ...kernel, '--trace', 'io', '--trace-range', '2000-1000'], /argument '2000-1000' is invalid\. A range/],
    [['boot', ...kernel, '--trace', 'io', '--trace-file', 'no/trace'], /no\/trace: no such file/],
    [['boot', ...kernel, '--trace-file', 'x'], /--trace-range and --trace-file need --trace/],
    [['boot', ...kernel, '--console', 'vga'], /'--console <device>' argument 'vga' is invalid/],
    [['boot', ...kernel, '--console', 'virtio', '--serial', 'stdio'], /want the same terminal/],
    [['boot', ...kernel, '--wait'], /--wait needs --gdb/],
    [['boot', ...kernel, '--stats', 'no/stats.json'], /no\/stats\.json: no such file/],
    [['boot', ...kernel, '--serial', 'no/serial.log'], /no\/serial\.log: no such file/],
  ])('vmi86 %j', (args, message) => {
    const { status, stdout, stderr } = vmi86(...args);
    expect(stderr).toMatch(/^vmi86: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\bat .*:\d+/);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('an unreadable disk', (context) => {
    chmodSync(join(folder, 'disk.img'), 0);
    context.skip(process.getuid?.() === 0, 'root may read every file');
    const { status, stderr } = vmi86('boot', ...kernel, '--disk', 'disk.img');
    expect([status, stderr]).toEqual([2, 'vmi86: disk.img: permission denied\n']);
  });
});

describe('an older Node.js', () => {
  it('is told so in one line', () => {
    const older = `Object.defineProperties(process, {
      version: { value: 'v22.4.0' }, versions: { value: { ...process.versions, node: '22.4.0' } } })`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, MAIN, 'boot'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, 'vmi86: Node.js 24 or newer is needed, this is v22.4.0\n']);
  });
});

describe('help and version', () => {
  it('name every option, on standard output', () => {
    const { status, stdout, stderr } = vmi86('boot', '--help');
    const options =
      'kernel initrd append memory disk serial timeout exit-on icount no-jit jit-threshold region-limit stats console gdb wait trace monitor';
    for (const option of options.split(' ')) expect(stdout).toContain(`--${option}`);
    expect(stdout).toContain('Examples:');
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each(['', 'boot', 'profile', 'disasm', 'bench', 'bench micro', 'bench macro', 'bench peers', 'rom'])(
    'show examples of vmi86 %s',
    async (command) => {
      const host = new FakeHost(runsForever);
      expect(await host.run(...command.split(' ').filter(Boolean), '--help')).toBe(0);
      expect(host.output).toMatch(new RegExp(`\\nExamples:\\n  vmi86 ${command}`));
    },
  );

  it('tell the version of the package', () => {
    expect(vmi86('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

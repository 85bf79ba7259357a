import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readElfFile } from '../../src/symbols/elf-file.ts';
import { runs, skipWithout } from '../support/tools.ts';

const guest = join(import.meta.dirname, '../../guest');
const image = readFileSync(join(guest, 'guest.elf'));
const scratch = mkdtempSync(join(tmpdir(), 'vmi86-guest-'));

afterAll(() => rmSync(scratch, { recursive: true }));

function compilerMissing(): string | undefined {
  const source = join(scratch, 'probe.c');
  writeFileSync(source, 'int probe;\n');
  if (!runs('gcc', '-m32', '-c', source, '-o', join(scratch, 'probe.o'))) return 'no gcc that knows -m32';
  if (!runs('ld', '-V')) return 'no ld';
  return undefined;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(guest, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(guest.length + 1));
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The digest that build.sh compiles in: of the listing that sha256sum prints for all sources, in byte order. */
function sourceDigest(): string {
  const files = ['include', 'kernel', 'lib', 'rom', 'user', 'vmi'].flatMap(filesBelow).concat('build.sh').sort();
  const listing = files.map((file) => `${sha256(readFileSync(join(guest, file)))}  ${file}\n`).join('');
  return sha256(listing).slice(0, 12);
}

/** Privileged instructions, and control registers as operands, in the assembly of the kernel's sources. */
const PRIVILEGED = /\b(cli|sti|hlt|iret|lgdt|lidt|lldt|ltr|invlpg|clts|pushf|popf|wbinvd|rdmsr|wrmsr)\b|%cr[0-8]/;

describe('the kernel sources', () => {
  test('write privileged instructions in one header only, boot apart', () => {
    const files = filesBelow('kernel').filter((file) => /\.[chS]$/.test(file) && !file.startsWith('kernel/boot/'));
    const offenders = files.filter((file) => PRIVILEGED.test(readFileSync(join(guest, file), 'utf8')));
    expect(offenders).toEqual(['kernel/arch/raw.h']);
  });
});

describe('the committed guest image', () => {
  test('carries the digest of the sources beside it', () => {
    expect(image.includes(`source ${sourceDigest()}`)).toBe(true);
  });

  test('is a Multiboot ELF32 i386 executable below 200 KB', () => {
    expect(image.subarray(0, 7).toString('hex')).toBe('7f454c46010101');
    expect([image.readUInt16LE(16), image.readUInt16LE(18)]).toEqual([2, 3]);
    const header = image.subarray(0, 8192).indexOf(Buffer.from([0x02, 0xb0, 0xad, 0x1b]));
    expect(header % 4).toBe(0);
    const sum = image.readUInt32LE(header) + image.readUInt32LE(header + 4) + image.readUInt32LE(header + 8);
    expect(sum % 2 ** 32).toBe(0);
    expect(image.length).toBeLessThan(200 * 1024);
  });
});

test('the committed guest image names its functions, for profiles and debuggers', () => {
  const { symbols } = readElfFile({ name: 'guest.elf', bytes: image });
  const entry = symbols.named('kernel_main');
  expect(symbols.at(entry!.address + 1)?.symbol.name).toBe('kernel_main');
  expect(symbols.symbols.map(({ name }) => name)).toEqual(expect.arrayContaining(['schedule', 'space_fork', 'memcpy']));
});

describe.skipIf(skipWithout(compilerMissing()))('the guest image, rebuilt,', () => {
  beforeAll(() => {
    execFileSync(join(guest, 'build.sh'), [scratch], { stdio: 'pipe' });
  }, 120_000);

  test('and the native ROM are the committed ones, byte for byte', ({ skip }) => {
    const [committed, here] = [guest, scratch].map((folder) => readFileSync(join(folder, 'guest.toolchain'), 'utf8'));
    // Another compiler makes other code of the same sources.
    if (here !== committed) {
      console.warn(`skipped: the image was built by ${committed.trim()}, here is ${here.trim()}`);
      skip();
    }
    for (const file of ['guest.elf', 'native-rom.bin'])
      expect(sha256(readFileSync(join(scratch, file))), file).toBe(sha256(readFileSync(join(guest, file))));
  });
});

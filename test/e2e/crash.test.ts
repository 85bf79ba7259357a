/** Guests that shut down the CPU: what `vmi86 boot` says then. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vmi86Boot } from '../support/engines.ts';
import { flatKernel, word } from '../support/flat-kernel.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-crash-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Host path of a kernel that executes this code. */
function kernel(...code: number[]): string {
  const path = join(folder, 'kernel');
  writeFileSync(path, flatKernel(code));
  return path;
}

test.each([[[]], [['--no-jit']], [['--jit-threshold', '0']]])(
  'a triple fault ends the run with 3 %j',
  async (options) => {
    const descriptor = 0x20_0000;
    const code = [
      ...Array<number>(8).fill(0x90), // nops, for the disassembler to fall into step
      ...[0xb8, ...word(0x1234_5678)], // mov eax, 12345678h
      ...[0x31, 0xdb], // xor ebx, ebx
      ...[0x0f, 0x01, 0x1d, ...word(descriptor)], // lidt: the limit there is 0
      ...[0x0f, 0x0b], // ud2
    ];
    const console = vmi86Boot('--kernel', kernel(...code), ...options);
    expect(await console.exit).toBe(3);
    expect(console.output).toMatch(/^vmi86: guest crashed: triple fault\n/);
    expect(console.output).toMatch(/ eax=12345678\b.* ebx=00000000\n/s);
    expect(console.output).toMatch(/ eip=00100036\b/);
    expect(console.output).toMatch(
      /last instructions:\n(.*\n)*? {2}00100028 {2}mov eax, 0x12345678\n {2}0010002d {2}xor ebx, ebx\n {2}0010002f {2}lidt .*\[0x200000\]\n {2}00100036 {2}ud2\n$/,
    );
  },
);

test('a jump to where nothing is mapped is told too', async () => {
  // Paging on with an empty directory: not even the next instruction can be fetched, nor the fault delivered.
  const code = [
    ...[0xb8, ...word(0x20_0000)], // mov eax, 200000h
    ...[0x0f, 0x22, 0xd8], // mov cr3, eax
    ...[0x0f, 0x20, 0xc0], // mov eax, cr0
    ...[0x0d, ...word(0x8000_0000)], // or eax, 80000000h
    ...[0x0f, 0x22, 0xc0], // mov cr0, eax
    0x90,
  ];
  const console = vmi86Boot('--kernel', kernel(...code));
  expect(await console.exit).toBe(3);
  expect(console.output).toMatch(/ cr2=[0-9a-f]{8}\b/);
  expect(console.output).toMatch(/last instructions:\n {2}00100033 {2}\(not mapped\)\n$/);
});

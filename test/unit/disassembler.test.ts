import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { disassembleAt } from '../../translator/isa/disassembler.ts';
import type { Line } from '../../translator/isa/line.ts';
import { OPERANDS } from '../../translator/isa/operands.ts';
import { TABLE } from '../../translator/isa/table.ts';
import { randomAddressing } from '../support/addressing.ts';
import { encode, mayBeMemory, mustBeMemory } from '../support/encode.ts';
import { Random } from '../support/random.ts';
import { runs, skipWithout } from '../support/tools.ts';

const text = (bytes: readonly number[], address = 0x1000, size: 16 | 32 = 32): string =>
  disassembleAt((index) => bytes[index] ?? 0, address, size).text;

describe('disassembly', () => {
  test.each<[string, number[]]>([
    ['add dword ptr [eax+ecx*4-0x10], edx', [0x01, 0x54, 0x88, 0xf0]],
    ['mov ax, 0x1234', [0x66, 0xb8, 0x34, 0x12]],
    ['jz 0xffe', [0x74, 0xfc]],
    ['call 0x1010', [0xe8, 0x0b, 0, 0, 0]],
    ['lock xadd byte ptr fs:[esi], bl', [0xf0, 0x64, 0x0f, 0xc0, 0x1e]],
    ['repne scas al, byte ptr es:[edi]', [0xf2, 0xae]],
    ['enter 0x20, 0x3', [0xc8, 0x20, 0, 3]],
    ['jmp 0x10:0x12345678', [0xea, 0x78, 0x56, 0x34, 0x12, 0x10, 0]],
    ['mov word ptr [bx+si], ds', [0x67, 0x8c, 0x18]],
    ['cdq', [0x99]],
    ['(bad)', [0x0f, 0xff]],
  ])('%s', (expected, bytes) => {
    expect(text(bytes)).toBe(expected);
  });
});

/** Undocumented (the twins of FCOM, FSTP and FXCH; SALC; fences with other r/m), or not with a 66 prefix (WBINVD). */
const UNKNOWN_TO_GNU = new Set(['salc', 'fcom', 'fcomp', 'fstp', 'fxch', 'wbinvd', 'lfence', 'mfence', 'sfence']);
/** Instructions of every line, so many of each. */
const PER_LINE = 6;
const ADDRESS = 0x40_0000;
/** Enough to tell where each begins: all are padded with NOP to this length. */
const SLOT = 24;

const generate = (line: Line, random: Random): number[] => {
  const relative = line.operands.some((kind) => OPERANDS[kind].place === 'relative');
  // GNU's does not cut the targets of short jumps to 16 bits, and says "xchg" for 66 90.
  const operandSize = !relative && line.prefix < 0 && line.mnemonic !== 'nop' && random.oneIn(3) ? 16 : 32;
  const addressSize = random.oneIn(4) ? 16 : 32;
  const memory = mayBeMemory(line) && (mustBeMemory(line) || random.oneIn(2));
  const address = memory ? randomAddressing(random, addressSize) : { modrm: 0xc0 | random.below(8), bytes: [] };
  const selector = line.operands.includes('Sw') ? random.below(4) : random.below(8);
  const bytes = encode(line, {
    modrm: address.modrm | (registerField(line, selector) << 3),
    address: address.bytes,
    immediate: (count) => random.bytes(count),
    operandSize,
    addressSize,
  });
  const prefixes = [];
  if (operandSize === 16) prefixes.push(0x66);
  if (addressSize === 16) prefixes.push(0x67);
  if (memory && random.oneIn(4)) prefixes.push(random.pick([0x64, 0x65]));
  if (memory && line.lockable && random.oneIn(2)) prefixes.push(0xf0);
  if (line.operands.some((kind) => ['source', 'destination'].includes(OPERANDS[kind].place)) && random.oneIn(2)) {
    prefixes.push(random.pick([0xf2, 0xf3]));
  }
  return [...prefixes, ...bytes];
};

/** Control and debug registers that exist; MOV CS does not. */
const registerField = (line: Line, field: number): number => {
  if (line.operands.includes('Cd')) return [0, 2, 3, 4][field & 3]!;
  if (line.opcode === 0x8e) return [0, 2, 3, 4][field & 3]!;
  return field;
};

/** Names that differ though the instruction does not: [ours, GNU's]. */
const SAME_NAME: readonly (readonly [RegExp, string])[] = [
  [/\b(data16|addr16|cs|es|fs|gs) (?=[a-z])/g, ''],
  [/^(j|set|cmov)e\b/, '$1z'],
  [/^(j|set|cmov)ne\b/, '$1nz'],
  [/^repz (?=cmps|scas)/, 'repe '],
  [/^repnz (?=cmps|scas)/, 'repne '],
  [/^(repz|repnz) (?=movs|stos|lods|ins|outs)/, 'rep '],
  [/^sal\b/, 'shl'],
  [/^xlat .*/, 'xlat'],
  [/^(push|pop|leave|ret|retf|call|jmp|enter)w\b/, '$1'],
  [/^([sl][gi]dt)[wd]\b/, '$1'],
  [/^(pushf|popf|pusha|popa|iret)[wd]?\b/, '$1'],
  [/^(fu?comp?) st,/, '$1 '],
  [/^(fldenv|fnstenv|fnsave|frstor)w\b/, '$1'],
  [/^fn(eni|disi|setpm)\(.*/, 'f$1'],
  // The selector is 16 bits of whatever register is named.
  [/^((?:lar|lsl|mov) (?:[a-z]+),)e(?=[a-z]{2}$)/, '$1'],
  [/^(pinsrw \w+,)e(?=[a-z]{2},)/, '$1'],
  // GNU's names the predicate instead of giving its number, and no size for LDDQU.
  [/^cmp(?:eq|lt|le|unord|neq|nlt|nle|ord)([ps][sd] )/, 'cmp$1'],
  [/^(cmp[ps][sd] .*),0x[0-7]$/, '$1'],
  [/^(lddqu .*)xmmword ptr /, '$1'],
  [/^(sldt|str|lldt|ltr|verr|verw|smsw|lmsw) e/, '$1 '],
];

/** Hints that do nothing on an i686, and that later processors gave names: PREFETCH, BNDLDX, ENDBR, … */
const namedLater = (line: Line): boolean => line.opcode >= 0x0f18 && line.opcode < 0x0f1f;

describe('disassembly of every line of the table', () => {
  const missing = runs('objdump', '--version') ? undefined : 'disassembler: objdump is not installed';

  test.skipIf(skipWithout(missing))('agrees with objdump', () => {
    const random = new Random(1);
    const slots = TABLE.filter((line) => !namedLater(line)).flatMap((line) =>
      Array.from({ length: PER_LINE }, () => ({ line, bytes: generate(line, random) })),
    );
    const theirs = objdump(slots.map(({ bytes }) => bytes));
    const differing = slots.flatMap(({ line, bytes }, n) => {
      const ours = text(bytes, ADDRESS + n * SLOT);
      const [a, b] = [common(ours, line), theirForm(theirs[n] ?? '', line)];
      if (theirs[n]?.includes('(bad)') && UNKNOWN_TO_GNU.has(line.mnemonic)) return [];
      return a === b ? [] : [`${Buffer.from(bytes).toString('hex')}: ${ours} | ${theirs[n]}  (${a} | ${b})`];
    });
    expect(differing).toEqual([]);
  });
});

/** The text of each slot's first instruction. */
const objdump = (instructions: readonly (readonly number[])[]): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'vmi86-disassembler-'));
  try {
    const file = join(folder, 'code');
    const image = new Uint8Array(instructions.length * SLOT).fill(0x90);
    for (const [n, bytes] of instructions.entries()) image.set(bytes, n * SLOT);
    writeFileSync(file, image);
    const how = ['-D', '-b', 'binary', '-m', 'i386', '-M', 'intel', '-w', `--adjust-vma=${ADDRESS}`, file];
    const output = execFileSync('objdump', how, { encoding: 'utf8', maxBuffer: 1 << 28 });
    const found: string[] = [];
    for (const row of output.split('\n')) {
      const match = /^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(row);
      const offset = match ? Number.parseInt(match[1]!, 16) - ADDRESS : -1;
      if (offset >= 0 && offset % SLOT === 0) found[offset / SLOT] = match![2]!;
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const common = (instruction: string, line: Line): string => {
  let out = instruction.toLowerCase().replace(/\s+/g, ' ').replace(/, /g, ',').trim();
  for (const [pattern, replacement] of SAME_NAME) out = out.replace(pattern, replacement);
  if (line.operands.some((kind) => ['M', 'Ms', 'Ob', 'Ov'].includes(kind))) out = out.replace(/[a-z]+ ptr /, '');
  return out;
};
const theirForm = (instruction: string, line: Line): string =>
  common(instruction, line)
    .replace(/ ?#.*/, '')
    .replace(/\b([c-g]s|ss):(0x[0-9a-f]+)$/, '$1:[$2]')
    .replace(/\b([c-g]s|ss):(0x[0-9a-f]+),/, '$1:[$2],')
    .replace(/ds:\[/g, '[')
    .replace(/\+e?iz\*\d/, '')
    .replace(/\*1\b/, '')
    .replace(/[+-]0x0\]/, ']');

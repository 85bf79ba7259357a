import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';
import { decode } from '../../translator/isa/decoder.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';
import { FS, GS, SS } from '../../translator/layout.ts';
import { available, type Case, definedFlags, fileNames, MEMORY, prepare, readCases, runCase } from './sst-80286.ts';

const ENGINES: CpuEngine[] = ['interpreter', 'translator', 'single'];

/** Exceptions, by their vectors. */
const UD = 6;
const SS_FAULT = 12;
const GP = 13;

type Decoded = Instruction | 'undefined' | 'too long';

/** Where a 386 differs from the 286 the files were captured on. */
interface Exclusion {
  readonly reason: string;
  readonly applies: (test: Case, instruction: Decoded) => boolean;
  /** The exception that a 386 raises instead, which is tested; undefined where it just executes the instruction. */
  readonly raises?: number;
}

const LOCK = 0xf0;
const STACK_READERS = new Set(['pop', 'popa', 'popf', 'ret', 'retf', 'iret', 'leave']);
const EXCLUSIONS: readonly Exclusion[] = [
  {
    reason: 'LOCK: a 386 raises #UD unless a lockable instruction writes memory; the 286 ignores it',
    applies: ({ bytes }, instruction) => instruction === 'undefined' && prefixes(bytes).includes(LOCK),
    raises: UD,
  },
  {
    reason: 'length: the 286 raises #GP beyond 10 bytes, a 386 beyond 15',
    applies: (_, instruction) => typeof instruction !== 'string' && instruction.length > 10,
  },
  {
    reason: 'FS and GS: #UD on the 286',
    applies: (_, instruction) => {
      if (typeof instruction === 'string' || !instruction.line.operands.includes('Sw')) return false;
      return [FS, GS].includes((instruction.modrm >> 3) & 7);
    },
  },
  {
    reason: 'string instruction at offset FFFF: the 286 leaves SI, DI and CX moved when it faults; a 386 restarts it',
    applies: ({ exception }, instruction) =>
      exception?.number === GP &&
      typeof instruction !== 'string' &&
      isString(instruction) &&
      instruction.segment !== SS,
    raises: GP,
  },
  {
    reason: 'offset FFFF of the stack segment: #GP on the 286, #SS on a 386',
    applies: ({ exception }, instruction) =>
      exception?.number === GP && typeof instruction !== 'string' && readsStack(instruction),
    raises: SS_FAULT,
  },
];

const prefixes = (bytes: readonly number[]): readonly number[] =>
  bytes.slice(
    0,
    bytes.findIndex((byte) => ![0x26, 0x2e, 0x36, 0x3e, LOCK, 0xf2, 0xf3].includes(byte)),
  );

const isString = ({ line }: Instruction): boolean =>
  line.operands.some((kind) => ['Xb', 'Xv', 'Yb', 'Yv'].includes(kind));

const readsStack = ({ line, segment, modrm }: Instruction): boolean =>
  STACK_READERS.has(line.mnemonic) ||
  (segment === SS && ((modrm >= 0 && modrm < 0xc0) || line.operands.includes('Xv')));

const exclusionOf = (test: Case): Exclusion | undefined => {
  const instruction = decode((index) => test.bytes[index] ?? 0, 16);
  return EXCLUSIONS.find(({ applies }) => applies(test, instruction));
};

/** What an excluded case does on a 386, where that is one exception that leaves everything as it was. */
const raises = (cpu: BareCpu, test: Case, vector: number): string | undefined => {
  prepare(cpu, test);
  const { ip, sp, si, di } = test.initial.regs;
  const reason = cpu.run({ instructions: 1, fault: true });
  const { eip, esp, esi, edi } = cpu.registers;
  const kept = eip === ip && esp === sp && esi === si && edi === di;
  if (reason === 'fault' && cpu.fault?.vector === vector && kept) return undefined;
  return `${test.name} #${test.idx}: ${reason} ${cpu.fault?.vector} instead of exception ${vector}`;
};

if (!available) console.warn('vectors/sst-80286: skipped, the folder of vectors is not there');

describe.skipIf(!available).each(ENGINES)('single instructions of a real 80286 (%s)', (engine) => {
  let cpu: BareCpu;
  const excluded = new Map<string, number>(EXCLUSIONS.map(({ reason }) => [reason, 0]));
  let passed = 0;

  beforeAll(async () => {
    cpu = await createCpu({ engine, memory: MEMORY });
  });
  afterAll(async () => {
    const lines = [...excluded].map(([reason, count]) => `  ${count} excluded: ${reason}`);
    console.log([`${engine}: ${passed} cases agree with the 80286`, ...lines].join('\n'));
    await cpu.close();
  });

  test.each(available ? fileNames() : [])('%s', (name) => {
    const flags = definedFlags(name);
    const failures: string[] = [];
    for (const one of readCases(name)) {
      const exclusion = exclusionOf(one);
      let failure: string | undefined;
      if (!exclusion) failure = runCase(cpu, one, flags);
      else if (exclusion.raises !== undefined) failure = raises(cpu, one, exclusion.raises);
      if (exclusion) excluded.set(exclusion.reason, excluded.get(exclusion.reason)! + 1);
      else passed++;
      if (failure) failures.push(failure);
    }
    expect(failures).toEqual([]);
  });

  test('every exclusion is needed', () => {
    for (const [reason, count] of excluded) expect(count, reason).toBeGreaterThan(0);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';
import { decode } from '../../translator/isa/decoder.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';
import { FS, GPR_NAMES, GS, SS } from '../../translator/layout.ts';
import {
  available,
  type Case,
  definedFlags,
  fileNames,
  MEMORY,
  PATIENCE,
  prepare,
  readCases,
  runCase,
} from './sst-80286.ts';

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
  /** The exceptions that a 386 may raise instead, which is tested; undefined where it just executes the instruction. */
  readonly raises?: readonly number[];
}

const LOCK = 0xf0;
const STACK_READERS = new Set(['pop', 'popa', 'popf', 'ret', 'retf', 'iret', 'leave']);
const EXCLUSIONS: readonly Exclusion[] = [
  {
    reason: 'LOCK: a 386 raises #UD unless a lockable instruction writes memory; the 286 ignores it',
    applies: ({ bytes }, instruction) => instruction === 'undefined' && prefixes(bytes).includes(LOCK),
    raises: [UD],
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
      exception?.number === GP && typeof instruction !== 'string' && isString(instruction),
    raises: [GP, SS_FAULT],
  },
  {
    reason: 'offset FFFF of the stack segment: #GP on the 286, #SS on a 386',
    applies: ({ exception }, instruction) =>
      exception?.number === GP && typeof instruction !== 'string' && readsStack(instruction),
    raises: [SS_FAULT],
  },
  {
    reason: 'far pointer at offset FFFE: the 286 reads its selector at offset 0, a 386 raises #GP',
    applies: (test, instruction) =>
      typeof instruction !== 'string' &&
      instruction.line.operands.includes('Mp') &&
      offset(test, instruction) === 0xfffe,
    raises: [GP],
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
  STACK_READERS.has(line.mnemonic) || (segment === SS && modrm >= 0 && modrm < 0xc0);

/** The memory operand's offset in its segment. */
const offset = ({ initial: { regs } }: Case, { base, index, displacement }: Instruction): number => {
  const register = (encoding: number) => (encoding < 0 ? 0 : regs[GPR_NAMES[encoding]!.slice(1) as 'bx']);
  return (register(base) + register(index) + displacement) & 0xffff;
};

const exclusionOf = (test: Case): Exclusion | undefined => {
  const instruction = decode((index) => test.bytes[index] ?? 0, 16);
  return EXCLUSIONS.find(({ applies }) => applies(test, instruction));
};

/** An excluded case on a 386, where that is an exception at its own address. Says what happened else. */
const raises = (cpu: BareCpu, test: Case, vectors: readonly number[]): string | undefined => {
  prepare(cpu, test);
  const { ip, sp } = test.initial.regs;
  const reason = cpu.run({ instructions: PATIENCE, fault: true });
  if (reason === 'fault' && vectors.includes(cpu.fault!.vector) && cpu.registers.eip === ip && cpu.registers.esp === sp)
    return undefined;
  return `${test.name} #${test.idx}: ${reason} ${cpu.fault?.vector} instead of exception ${vectors.join(' or ')}`;
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

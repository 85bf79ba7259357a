/** String instructions with REP: the same in regions, interpreter and runtime, in results and in the count. */
import { describe, expect, test } from 'vitest';
import { GPR_NAMES, RAM, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const DATA = CODE + 0x1000;
const PAGE = 0x1000;

interface Start {
  readonly esi?: number;
  readonly edi?: number;
  readonly ecx?: number;
  readonly eax?: number;
  /** Bytes at DATA. */
  readonly data?: readonly number[];
}

/** Executes `program` and HLT with `fuel`; gives registers, flags, instructions used, and the data. */
const run = async (jit: boolean, program: readonly number[], start: Start, fuel = 100) => {
  const processor = await flatProcessor(jit, [...program, 0xf4], {});
  const { state } = processor;
  for (const name of ['esi', 'edi', 'ecx', 'eax'] as const) {
    state.set(STATE.gpr + GPR_NAMES.indexOf(name) * 4, start[name] ?? 0);
  }
  const memory = new Uint8Array(state.buffer, RAM + DATA, 3 * PAGE);
  memory.set(start.data ?? []);
  const result = processor.run(fuel);
  const registers = Object.fromEntries(GPR_NAMES.map((name, n) => [name, state.gpr(n) >>> 0]));
  return { result, ...registers, eflags: processor.readEflags(), used: processor.instructions, memory: [...memory] };
};

const DS = 0x3e;
const REP_MOVSB = [0xf3, 0xa4];
const REP_MOVSD = [0xf3, 0xa5];
const REP_STOSB = [0xf3, 0xaa];
const REP_STOSW = [0x66, 0xf3, 0xab];
const REP_STOSD = [0xf3, 0xab];
const REPE_CMPSB = [0xf3, 0xa6];
const REPNE_SCASB = [0xf2, 0xae];
const text = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));

const CASES: Record<string, [program: readonly number[], start: Start, fuel?: number]> = {
  'a copy of short length': [REP_MOVSD, { esi: DATA, edi: DATA + 64, ecx: 5, data: text('abcdefghijklmnopqrstuvwx') }],
  'a copy of three pages in pieces': [REP_MOVSB, { esi: DATA + 100, edi: DATA + 300, ecx: 2 * PAGE }],
  'a copy that repeats a pattern': [REP_MOVSB, { esi: DATA, edi: DATA + 3, ecx: 20, data: text('xyz') }],
  'nothing, when ECX is 0': [REP_MOVSB, { esi: DATA, edi: DATA + 3, data: text('xyz') }],
  'fuel that runs out between pieces': [REP_STOSB, { edi: DATA + 10, ecx: 2 * PAGE, eax: 7 }, 1],
  'a fill with words': [REP_STOSW, { edi: DATA + 1, ecx: 9, eax: 0x1234 }],
  'a fill with doublewords of one byte': [REP_STOSD, { edi: DATA + 2, ecx: 9, eax: 0x05050505 }],
  'an element across pages': [REP_STOSD, { edi: DATA + PAGE - 6, ecx: 4, eax: 0x01020304 }],
  'a scan that finds': [REPNE_SCASB, { edi: DATA, ecx: 100, eax: 'd'.charCodeAt(0), data: text('abcdef') }],
  'a scan that does not': [REPNE_SCASB, { edi: DATA, ecx: 4, eax: 'z'.charCodeAt(0), data: text('abcdef') }],
  'strings that differ': [REPE_CMPSB, { esi: DATA, edi: DATA + 8, ecx: 8, data: text('abcdefghabcdXfgh') }],
  // The second page ends with the segment's last readable page: pointers and count are those of the first.
  'a scan that leaves in its second piece': [
    [0xb9, 0xff, 0xff, 0, 0, ...REPNE_SCASB],
    { edi: 0x10_0000 - PAGE, eax: 1 },
    50,
  ],
  'strings that are equal': [REPE_CMPSB, { esi: DATA, edi: DATA + 8, ecx: 8, data: text('abcdefghabcdefgh') }],
  // SBB reads CF alone: ZF must be known all the same.
  'strings compared for order only': [
    [...REPE_CMPSB, 0x19, 0xc0],
    { esi: DATA, edi: DATA + 8, ecx: 8, data: text('abXdefghabcdefgh') },
  ],
};

describe('REP in regions and in the interpreter', () => {
  test.each(Object.entries(CASES))('%s', async (_, [program, start, fuel]) => {
    const interpreted = await run(false, program, start, fuel);
    expect(await run(true, program, start, fuel)).toEqual(interpreted);
    expect(interpreted.memory.length).toBe(3 * PAGE);
  });

  // Of REP with another prefix only the runtime knows.
  const prefixed = Object.entries(CASES).filter(([, [program]]) =>
    [REP_MOVSB, REP_MOVSD, REP_STOSB, REP_STOSD].includes(program as number[]),
  );
  test.each(prefixed)('%s, as the runtime does it', async (_, [program, start, fuel]) => {
    expect(await run(false, [DS, ...program], start, fuel)).toEqual(await run(false, program, start, fuel));
  });
});

/** Which functions a wide region has copies of. */
import { describe, expect, test } from 'vitest';
import { MODE, RAM } from '../../translator/layout.ts';
import { WIDE } from '../../translator/region/copies.ts';
import { graphOf } from '../../translator/region/extent.ts';
import type { Graph, Placed, Targets } from '../../translator/region/graph.ts';
import type { HostCall } from '../../translator/region/host-call.ts';

const BASE = 0x1000;
const ENTRY = RAM | 1;
const RET = 0xc3;

const dword = (value: number): number[] => [...new Uint8Array(Int32Array.of(value).buffer)];
/** A call of the function at offset `to`, at offset `from`. */
const call = (from: number, to: number): number[] => [0xe8, ...dword(to - from - 5)];

interface Program {
  /** By offset. */
  readonly code: Readonly<Record<number, readonly number[]>>;
  readonly targets?: Record<number, Targets>;
  readonly host?: HostCall;
}

/** The wide region at offset 0. */
const wide = ({ code, targets = {}, host }: Program): Graph => {
  const page = new Uint8Array(4096).fill(0xcc);
  for (const [at, bytes] of Object.entries(code)) page.set(bytes, Number(at));
  const request = {
    eip: BASE,
    mode: MODE.flat | MODE.code32 | MODE.stack32 | MODE.user,
    pages: [{ number: BASE >>> 12, entry: ENTRY }],
    wide: new Map(Object.entries(targets).map(([at, known]) => [BASE + Number(at), known])),
    ...(host && {
      host: { pages: [{ number: 9, entry: 0 }], expected: Int32Array.of(BASE + 2, 0x9000 + host.offset) },
    }),
  };
  const options = { regionLimit: 100, hostCalls: host ? [host] : [] };
  return graphOf(request, new Map([[ENTRY, page]]), options)!;
};
const instructions = ({ blocks }: Graph): Placed[] => [...blocks.values()].flatMap((block) => block.instructions);
/** Offsets of the functions of which there are copies. */
const copied = (graph: Graph): number[] => {
  const all = instructions(graph).filter(({ copy }) => copy > 0);
  return [...new Set(all.map(({ copy }) => copy))].map(
    (copy) => all.find((placed) => placed.copy === copy)!.eip - BASE,
  );
};

describe('a wide region', () => {
  test('has a copy for each call', () => {
    expect(copied(wide({ code: { 0: [...call(0, 0x40), ...call(5, 0x40), RET], 64: [0x40, RET] } }))).toEqual([
      0x40, 0x40,
    ]);
  });

  test('has no copy of a function within itself', () => {
    const graph = wide({ code: { 0: [...call(0, 0x40), RET], 64: [...call(0x40, 0x40), RET] } });
    expect(copied(graph)).toEqual([0x40]);
  });

  test('has calls within calls only so deep', () => {
    const chain = Array.from({ length: 8 }, (_, n) => [n * 0x40, [...call(n * 0x40, (n + 1) * 0x40), RET]]);
    expect(copied(wide({ code: Object.fromEntries(chain) }))).toHaveLength(WIDE.deep);
  });

  test('has no copy of what never returns', () => {
    const forEver = [0x40, 0xeb, 0xfd];
    expect(copied(wide({ code: { 0: [...call(0, 0x40), RET], 64: forEver } }))).toEqual([]);
  });

  test('has copies as long as there is room for whole ones', () => {
    const long = [...new Array<number>(WIDE.copied - 1).fill(0x40), RET];
    const calls = [0, 5, 10].flatMap((at) => call(at, 0x400));
    const graph = wide({ code: { 0: [...calls, RET], 1024: long } });
    // The region's own four instructions take the room of a second copy.
    expect(copied(graph)).toEqual([0x400]);
    expect(graph.size).toBe(4 + WIDE.copied);
    expect(copied(wide({ code: { 0: [...calls, RET], 1024: [0x40, ...long] } }))).toEqual([]);
  });

  test('leaves calls of host functions to them', () => {
    const host = { name: 'f', offset: 0x20, reads: 0, writes: 0, transfers: false };
    // call eax; ret
    const graph = wide({
      code: { 0: [0xff, 0xd0, RET], 64: [0x40, RET] },
      targets: { 0: { table: false, eips: [BASE + 0x40] } },
      host,
    });
    expect(instructions(graph)).toMatchObject([{ bound: { call: { name: 'f' } } }, { eip: BASE + 2 }]);
  });
});

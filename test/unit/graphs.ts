/** Graphs of wide regions, from small programs. */
import { MODE, RAM } from '../../translator/layout.ts';
import { graphOf } from '../../translator/region/extent.ts';
import type { Graph, Placed, Targets } from '../../translator/region/graph.ts';
import type { HostCall } from '../../translator/region/host-call.ts';

export const BASE = 0x1000;
const ENTRY = RAM | 1;
export const RET = 0xc3;

export const dword = (value: number): number[] => [...new Uint8Array(Int32Array.of(value).buffer)];
/** A call of the function at offset `to`, at offset `from`. */
export const call = (from: number, to: number): number[] => [0xe8, ...dword(to - from - 5)];

interface Program {
  /** Bytes at offsets. */
  readonly code: readonly (readonly [number, readonly number[]])[];
  /** Where the indirect calls and jumps at offsets lead. */
  readonly targets?: readonly (readonly [number, Targets])[];
  readonly host?: HostCall;
}

/** The wide region at offset 0. */
export const wideGraph = ({ code, targets = [], host }: Program): Graph => {
  const page = new Uint8Array(4096).fill(0xcc);
  for (const [at, bytes] of code) page.set(bytes, at);
  const request = {
    eip: BASE,
    mode: MODE.flat | MODE.code32 | MODE.stack32 | MODE.user,
    pages: [{ number: BASE >>> 12, entry: ENTRY }],
    wide: new Map(targets.map(([at, known]) => [BASE + at, known])),
    ...(host && {
      host: { pages: [{ number: 9, entry: 0 }], expected: Int32Array.of(BASE + 2, 0x9000 + host.offset) },
    }),
  };
  const options = { regionLimit: 100, hostCalls: host ? [host] : [] };
  return graphOf(request, new Map([[ENTRY, page]]), options)!;
};

export const instructionsOf = ({ blocks }: Graph): Placed[] =>
  [...blocks.values()].flatMap((block) => block.instructions);

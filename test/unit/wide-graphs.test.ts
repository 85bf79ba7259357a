/** Which functions a wide region has copies of. */
import { describe, expect, test } from 'vitest';
import { WIDE } from '../../translator/region/copies.ts';
import type { Graph } from '../../translator/region/graph.ts';
import { BASE, call, instructionsOf, RET, wideGraph } from './graphs.ts';

/** Offsets of the functions of which there are copies. */
const copied = (graph: Graph): number[] => {
  const all = instructionsOf(graph).filter(({ copy }) => copy > 0);
  return [...new Set(all.map(({ copy }) => copy))].map(
    (copy) => all.find((placed) => placed.copy === copy)!.eip - BASE,
  );
};

describe('a wide region', () => {
  test('has a copy for each call', () => {
    expect(
      copied(
        wideGraph({
          code: [
            [0, [...call(0, 0x40), ...call(5, 0x40), RET]],
            [0x40, [0x40, RET]],
          ],
        }),
      ),
    ).toEqual([0x40, 0x40]);
  });

  test('has no copy of a function within itself', () => {
    const graph = wideGraph({
      code: [
        [0, [...call(0, 0x40), RET]],
        [0x40, [...call(0x40, 0x40), RET]],
      ],
    });
    expect(copied(graph)).toEqual([0x40]);
  });

  test('has calls within calls only so deep', () => {
    const chain = Array.from({ length: 8 }, (_, n): [number, number[]] => [
      n * 0x40,
      [...call(n * 0x40, (n + 1) * 0x40), RET],
    ]);
    expect(copied(wideGraph({ code: chain }))).toHaveLength(WIDE.deep);
  });

  test('has no copy of what never returns', () => {
    const forEver = [0x40, 0xeb, 0xfd];
    expect(
      copied(
        wideGraph({
          code: [
            [0, [...call(0, 0x40), RET]],
            [0x40, forEver],
          ],
        }),
      ),
    ).toEqual([]);
  });

  test('has copies as long as there is room for whole ones', () => {
    const long = [...new Array<number>(WIDE.copied - 1).fill(0x40), RET];
    const most = WIDE.most / WIDE.copied;
    const calls = Array.from({ length: most }, (_, n) => call(n * 5, 0x400)).flat();
    const graph = wideGraph({
      code: [
        [0, [...calls, RET]],
        [0x400, long],
      ],
    });
    // The region's own instructions take the room of a last copy.
    expect(copied(graph)).toEqual(new Array(most - 1).fill(0x400));
    expect(graph.size).toBe(most + 1 + (most - 1) * WIDE.copied);
    expect(
      copied(
        wideGraph({
          code: [
            [0, [...calls, RET]],
            [0x400, [0x40, ...long]],
          ],
        }),
      ),
    ).toEqual([]);
  });

  test('has copies beside what the interpreter does, which they have nothing of', () => {
    const code = (entry: number[], called: number[]) => {
      return copied(
        wideGraph({
          code: [
            [0, entry],
            [0x40, called],
          ],
        }),
      );
    };
    const JUMP16 = [0x66, 0xeb, 0];
    // test eax, eax; jz +8; call; jmp; ret
    const entry = [0x85, 0xc0, 0x74, 8, ...call(4, 0x40), ...JUMP16, RET];
    expect(code(entry, [0x40, RET])).toEqual([0x40]);
    expect(code(entry, [0x40, ...JUMP16, RET])).toEqual([]);
  });

  test('leaves calls of host functions to them', () => {
    const host = { name: 'f', offset: 0x20, reads: 0, writes: 0, transfers: false };
    // call eax; ret
    const graph = wideGraph({
      code: [
        [0, [0xff, 0xd0, RET]],
        [0x40, [0x40, RET]],
      ],
      targets: [[0, { table: false, eips: [BASE + 0x40] }]],
      host,
    });
    expect(instructionsOf(graph)).toMatchObject([{ bound: { call: { name: 'f' } } }, { eip: BASE + 2 }]);
  });
});

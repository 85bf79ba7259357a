/** What a wide region is asked to be made from, as memory is: pages of code, and tables of jumps. */
import { expect, test } from 'vitest';
import type { Board } from '../../runtime/board.ts';
import { wideRequest } from '../../runtime/jit/wide.ts';
import { MODE, MODE_KEY, STATE } from '../../translator/layout.ts';
import { ledToSlot } from '../../translator/links.ts';
import type { RegionRequest } from '../../translator/region/request.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const TABLE = 0x8000;
const FS = 4;
const dword = (value: number): number[] => [...new Uint8Array(Int32Array.of(value).buffer)];
/** jmp [table + eax * 4] */
const jumpThrough = (table: number, ...prefixes: number[]): number[] => [
  ...prefixes,
  0xff,
  0x24,
  0x85,
  ...dword(table),
];

interface Setting {
  readonly pages?: readonly number[];
  readonly board?: Partial<Board>;
}
/** The request for the region at CODE when these linear pages, by number, can be executed besides its own. */
const request = async (
  program: readonly number[],
  table: readonly number[],
  { pages = [], board = {} }: Setting = {},
): Promise<RegionRequest> => {
  const processor = await flatProcessor(false, program, board);
  const { state, mmu } = processor;
  state.ram.set(table.flatMap(dword), TABLE);
  state.setSegment(FS, 8, 0x100, 0xffff_ffff, 0);
  for (const page of [CODE >>> 12, ...pages]) mmu.fetch(page << 12);
  state.set(ledToSlot(CODE), CODE + 0x80);
  const mode = (state.get(STATE.mode) & MODE_KEY) | MODE.flatFs;
  const options = { regionLimit: 100, precise: false };
  return wideRequest(processor, { eip: CODE, mode }, options, { binding: () => undefined, isExpected: () => true })
    .request;
};

test('a table has as many targets as are code', async () => {
  const { wide } = await request(jumpThrough(TABLE), [CODE + 1, CODE + 2, 0x7000_0000, CODE + 3]);
  expect(wide!.get(CODE)).toEqual({ table: true, eips: [CODE + 1, CODE + 2] });
});

test('a table is read to a limit', async () => {
  const { wide } = await request(jumpThrough(TABLE), new Array<number>(600).fill(CODE));
  expect(wide!.get(CODE)!.eips).toHaveLength(512);
});

test('a table whose entries may lie across pages is not read', async () => {
  const { wide } = await request(jumpThrough(TABLE + 1), new Array<number>(8).fill(0x0010_0000));
  expect(wide!.get(CODE)!.eips).toEqual([]);
});

test('a table in memory of a device is not read', async () => {
  const reads: number[] = [];
  const mmioRead = (address: number): number => {
    reads.push(address);
    return CODE;
  };
  // Behind the end of RAM.
  const { wide } = await request(jumpThrough(0x40_0000), [], { board: { mmioRead } });
  expect(wide!.get(CODE)!.eips).toEqual([]);
  expect(reads).toEqual([]);
});

test('a jump through a segment with a base goes where it has led last', async () => {
  const { wide } = await request(jumpThrough(TABLE, 0x64), [CODE + 1]);
  expect(wide!.get(CODE)).toEqual({ table: false, eips: [CODE + 0x80] });
});

test('only so many pages are asked for, the first that are met', async () => {
  // Each jumps to the next page.
  const jump = [0xe9, ...dword(4096 - 5)];
  const pad = new Array<number>(4096 - jump.length).fill(0x90);
  const numbers = Array.from({ length: 30 }, (_, n) => (CODE >>> 12) + 1 + n);
  const program = Array.from({ length: 30 }, () => [...jump, ...pad]).flat();
  const { pages } = await request(program, [], { pages: numbers });
  expect(pages.map(({ number }) => number)).toEqual([CODE >>> 12, ...numbers].slice(0, 16));
});

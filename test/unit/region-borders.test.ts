/** Where regions end because another one has the code. */
import { describe, expect, test } from 'vitest';
import { MODE, RAM } from '../../translator/layout.ts';
import type { RegionRequest, TranslatedRegion } from '../../translator/region/request.ts';
import { translateModule } from '../../translator/region/translate.ts';

const BASE = 0x1000;
const LOOP = 0x10;
/** Long enough that going on in it is worth a jump. */
const INCREMENTS = 40;

/** `mov ecx, 9`, which falls into a loop of increments of EAX that begins at LOOP; behind it bytes of no instruction. */
const code = new Uint8Array(4096).fill(0x90, 0, LOOP).fill(0x40, LOOP, LOOP + INCREMENTS);
code.set([0xb9, 9, 0, 0, 0]);
code.set([0x49, 0x0f, 0x85, ...new Uint8Array(Int32Array.of(-INCREMENTS - 7).buffer), 0x0f, 0x04], LOOP + INCREMENTS);

const request = (offset: number, entries?: number[]): RegionRequest => ({
  eip: BASE + offset,
  mode: MODE.flat | MODE.code32 | MODE.stack32 | MODE.user,
  pages: [{ number: BASE >>> 12, entry: RAM | 1 }],
  entries,
});
const translate = (...requests: RegionRequest[]): TranslatedRegion[] => {
  const options = { regionLimit: 100, precise: false };
  return translateModule(requests, new Map([[RAM | 1, code]]), options).regions as TranslatedRegion[];
};
const before = LOOP - 5 + 1;
const loop = INCREMENTS + 2;
const loopBytes = INCREMENTS + 7;

describe('a region', () => {
  test('has all that control leads to where nothing of it is translated', () => {
    expect(translate(request(0))).toMatchObject([{ size: before + loop, elsewhere: [BASE + LOOP + loopBytes] }]);
  });
  test('ends where another one begins', () => {
    expect(translate(request(0, [BASE + LOOP]))).toMatchObject([{ size: before, elsewhere: [BASE + LOOP] }]);
  });
  test('ends where one before it in the same module begins', () => {
    expect(translate(request(LOOP), request(0))).toMatchObject([{ size: loop }, { size: before }]);
  });
  test('is part of one before it in the same module that has its code', () => {
    expect(translate(request(0), request(LOOP))).toMatchObject([{ size: before + loop }, 'covered']);
  });
});

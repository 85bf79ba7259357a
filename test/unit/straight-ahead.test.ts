/** What is translated with a hot entry: instructions behind it in a straight line. */
import { expect, test } from 'vitest';
import { straightAhead } from '../../runtime/jit/ahead.ts';

const page = (offset: number, ...code: number[]): Uint8Array => {
  const bytes = new Uint8Array(4096).fill(0x90);
  bytes.set(code, offset);
  return bytes;
};

test('goes on behind branches and calls, which may come back, up to the limit', () => {
  // jz +0; call next; inc eax; int3
  const code = page(0, 0x74, 0, 0xe8, 0, 0, 0, 0, 0x40, 0xcc);
  expect(straightAhead(code, 0, 3)).toEqual([2, 7, 8]);
  expect(straightAhead(code, 0, 2)).toEqual([2, 7]);
});

test.each([
  ['a jump', [0xeb, 0]],
  ['a return', [0xc3]],
  ['an indirect jump', [0xff, 0xe0]],
  ['bytes of no instruction', [0x0f, 0x04]],
])('ends at %s', (_, end) => {
  expect(straightAhead(page(0, 0x40, ...end), 0, 10)).toEqual([1]);
});

test('ends with the page', () => {
  expect(straightAhead(page(4094), 4094, 10)).toEqual([4095]);
  // mov eax, imm32, the last byte of which is on the next page.
  expect(straightAhead(page(4092, 0xb8), 4092, 10)).toEqual([]);
});

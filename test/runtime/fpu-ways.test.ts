/** Ways through a region on which the FPU's stack is differently deep where they meet. */
import { expect, test } from 'vitest';
import { at, begin, DATA, dword, finish, HLT } from './programs.ts';

const FNINIT = [0xdb, 0xe3];
const FLD1 = [0xd9, 0xe8];
const FLDPI = [0xd9, 0xeb];
/** fstp qword [DATA]; mov eax, [DATA]; mov edx, [DATA + 4] */
const RESULT = [0xdd, 0x1d, ...dword(DATA), 0xa1, ...dword(DATA), 0x8b, 0x15, ...dword(DATA + 4)];

/** Both engines' outcome of a loop that adds 1 to pi 99 times and goes on at 0x40 with the sum on the stack. */
const sums = async (...loop: readonly [number, readonly number[]][]) => {
  const code = at([0, [...FNINIT, ...FLD1, ...FLDPI]], ...loop, [0x40, [...RESULT, HLT]]);
  const [expected, seen] = await Promise.all(
    [{ jit: false }, {}].map(async (engine) => finish(await begin({ code, count: 100 }, engine))),
  );
  const result = new Float64Array(Int32Array.of(expected!['eax']!, expected!['edx']!).buffer)[0];
  expect(result).toBeCloseTo(Math.PI + 99, 12);
  return { expected, seen };
};

test('what one way reads of the stack is there though another one has it moved', async () => {
  const { expected, seen } = await sums(
    // dec ecx; jz 0x40; fld st(0); cmp ecx, -1; jz 0x40
    [6, [0x49, 0x74, 0x37, 0xd9, 0xc0, 0x83, 0xf9, 0xff, 0x74, 0x30]],
    // fadd st, st(2); fstp st(1); jmp 6
    [16, [0xd8, 0xc2, 0xdd, 0xd9, 0xeb, 0xf0]],
  );
  expect(seen).toEqual(expected);
});

test('a way has the stack as its branch leaves it, whatever the other way does', async () => {
  // dec ecx; jz 0x40; fadd st, st(1); jmp 6
  const { expected, seen } = await sums([6, [0x49, 0x74, 0x37, 0xd8, 0xc1, 0xeb, 0xf9]]);
  expect(seen).toEqual(expected);
});

/** Ways through a region on which the FPU's stack is differently deep where they meet. */
import { expect, test } from 'vitest';
import { at, begin, DATA, dword, finish, HLT } from './programs.ts';

const FNINIT = [0xdb, 0xe3];
const FLD1 = [0xd9, 0xe8];
const FLDPI = [0xd9, 0xeb];
/** fstp qword [DATA]; mov eax, [DATA]; mov edx, [DATA + 4] */
const RESULT = [0xdd, 0x1d, ...dword(DATA), 0xa1, ...dword(DATA), 0x8b, 0x15, ...dword(DATA + 4)];

test('what one way reads of the stack is there though another one has it moved', async () => {
  const program = {
    code: at(
      [0, [...FNINIT, ...FLD1, ...FLDPI]],
      // dec ecx; jz 0x40; fld st(0); cmp ecx, -1; jz 0x40
      [6, [0x49, 0x74, 0x37, 0xd9, 0xc0, 0x83, 0xf9, 0xff, 0x74, 0x30]],
      // fadd st, st(2); fstp st(1); jmp 6
      [16, [0xd8, 0xc2, 0xdd, 0xd9, 0xeb, 0xf0]],
      [0x40, [...RESULT, HLT]],
    ),
    count: 100,
  };
  const [expected, seen] = await Promise.all(
    [{ jit: false }, {}].map(async (engine) => finish(await begin(program, engine))),
  );
  // 99 additions of 1 to pi.
  const result = new Float64Array(Int32Array.of(expected!['eax']!, expected!['edx']!).buffer)[0];
  expect(result).toBeCloseTo(Math.PI + 99, 12);
  expect(seen).toEqual(expected);
});

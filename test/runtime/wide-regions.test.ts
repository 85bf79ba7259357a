/** Wide regions: calls, returns and indirect jumps that stay within a region do what they do in the interpreter. */
import { describe, expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE } from './flat-processor.ts';
import { at, begin, DATA, dword, finish, HLT, type Program } from './programs.ts';

const RET = 0xc3;

const EDI_AT = (address: number): number[] => [0xbf, ...dword(address)];
/** A loop: ESI is written before the call and read by what is called, which ends with EAX. */
const INDIRECT = [
  ...EDI_AT(CODE + 0x40),
  ...[0x46, 0xff, 0xd7, 0x49, 0x75, 0xfa, HLT], // inc esi; call edi; dec ecx; jnz; hlt
];
const PROGRAMS: Record<string, Program> = {
  'what is written before an indirect call reaches the copy of what it calls': {
    code: at([0, INDIRECT], [0x40, [0x01, 0xf0, RET]]),
    count: 400,
  },
  'what only the copy of a called function reads is there when the region is entered': {
    // mov ebx, 5, and the loop; add eax, ebx; ret
    code: at([0, [0xbb, ...dword(5), ...INDIRECT]], [0x40, [0x01, 0xd8, RET]]),
    count: 400,
  },
  'an indirect call leads elsewhere after a while': {
    // cmp ecx, 100; jnz +5; mov edi, CODE + 50; inc esi; call edi; dec ecx; jnz; hlt
    code: at(
      [0, [...EDI_AT(CODE + 0x40), 0x83, 0xf9, 100, 0x75, 5, ...EDI_AT(CODE + 0x50)]],
      [15, [0x46, 0xff, 0xd7, 0x49, 0x75, 0xf0, HLT]],
      [0x40, [0x01, 0xf0, RET]],
      [0x50, [0x29, 0xf0, RET]],
    ),
    count: 400,
  },
  'a jump through a table': {
    // mov eax, ecx; and eax, 3; jmp [DATA + eax * 4]; each arm: add edx, k; jmp to dec ecx; jnz; hlt
    code: at(
      [0, [0x89, 0xc8, 0x83, 0xe0, 3, 0xff, 0x24, 0x85, ...dword(DATA)]],
      [0x10, [0x83, 0xc2, 1, 0xeb, 0x2b]],
      [0x18, [0x83, 0xc2, 2, 0xeb, 0x23]],
      [0x20, [0x83, 0xc2, 4, 0xeb, 0x1b]],
      [0x28, [0x83, 0xc2, 8, 0xeb, 0x13]],
      [0x40, [0x49, 0x75, 0xbd, HLT]],
    ),
    data: [CODE + 0x10, CODE + 0x18, CODE + 0x20, CODE + 0x28],
    count: 400,
  },
  'a function that is called from two places, on one of two ways': {
    // test cl, 1; jz +5; call f; inc edx; call f; dec ecx; jnz; hlt
    code: at(
      [0, [0xf6, 0xc1, 1, 0x74, 5, 0xe8, ...dword(0x36), 0x42, 0xe8, ...dword(0x30), 0x49, 0x75, 0xed, HLT]],
      [0x40, [0x01, 0xd0, RET]],
    ),
    count: 400,
  },
  'recursion, and a caller outside the region': {
    // mov eax, ecx; call fib; add esi, eax; dec ecx; jnz; hlt
    code: at(
      [0, [0x89, 0xc8, 0xe8, ...dword(0x39), 0x01, 0xc6, 0x49, 0x75, 0xf4, HLT]],
      // fib: cmp eax, 2; jb +17; push eax; dec eax; call; xchg eax, [esp]; sub eax, 2; call; pop edx; add eax, edx; ret
      [0x40, [0x83, 0xf8, 2, 0x72, 0x15, 0x50, 0x48, 0xe8, ...dword(-12), 0x87, 0x04, 0x24, 0x83, 0xe8, 2]],
      [0x52, [0xe8, ...dword(-23), 0x5a, 0x01, 0xd0, RET]],
      [0x5a, [RET]],
    ),
    count: 12,
  },
  'a return to elsewhere than the call says': {
    // f adds 1 to its return address: inc edx is skipped
    code: at([0, [0xe8, ...dword(0x3b), 0x42, 0x49, 0x75, 0xf7, HLT]], [0x40, [0xff, 0x04, 0x24, RET]]),
    count: 400,
  },
};

const widened = (processor: Processor): number => processor.translation.stats().counters['wideRegions'] ?? 0;

describe.each(Object.entries(PROGRAMS))('%s', (_, program) => {
  test.each([
    ['from the first translation', { samples: 0 }],
    ['after a sample', { samples: 1 }],
  ])('%s', async (_name, engine) => {
    const expected = finish(await begin(program, { jit: false }));
    const processor = await begin(program, engine);
    expect(finish(processor)).toEqual(expected);
    expect(widened(processor)).toBeGreaterThan(0);
  });
});

test('code of a callee that is part of a region is rewritten', async () => {
  const program = PROGRAMS['a function that is called from two places, on one of two ways']!;
  const [expected, seen] = await Promise.all(
    [{ jit: false }, { samples: 1 }].map(async (engine) => {
      const processor = await begin(program, engine);
      for (let n = 0; n < 5; n++) processor.run(97);
      // add eax, edx becomes sub eax, edx
      processor.physical.write(CODE + 0x40, Uint8Array.of(0x29));
      return finish(processor);
    }),
  );
  expect(seen).toEqual(expected);
});

test('a table of jumps is rewritten', async () => {
  const program = { ...PROGRAMS['a jump through a table']!, count: 4000 };
  const [expected, seen] = await Promise.all(
    [{ jit: false }, { samples: 1 }].map(async (engine) => {
      const processor = await begin(program, engine);
      // Until the loop is a wide region wherever a piece may begin: none is made from the new table.
      for (let n = 0; n < 100; n++) processor.run(97);
      processor.physical.write(DATA, Uint8Array.from(dword(CODE + 0x28)));
      return finish(processor);
    }),
  );
  expect(seen).toEqual(expected);
});

describe('samples at the entry of a function', () => {
  const SAMPLES = 100;
  const FUNCTION = CODE + 0x40;
  /** Regions that are made wide by samples at the function with this distance of ESP from where the program has it. */
  const widenedBy = async (distance: number): Promise<number> => {
    const program = PROGRAMS['a function that is called from two places, on one of two ways']!;
    const processor = await begin({ ...program, count: 1000 }, { samples: SAMPLES });
    finish(processor);
    expect(widened(processor)).toBe(0);
    const esp = STATE.gpr + 4 * 4;
    processor.state.set(esp, processor.state.get(esp) + distance);
    for (let n = 0; n < SAMPLES; n++) processor.translation.sample(FUNCTION);
    return widened(processor);
  };
  test('count for its caller, whose return address is on the stack', async () => {
    expect(await widenedBy(-4)).toBe(1);
  });
  test('do not make a function wide that would be the same', async () => {
    expect(await widenedBy(4)).toBe(0);
  });
});

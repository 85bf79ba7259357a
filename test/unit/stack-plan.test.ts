/** Where the plan of a region has ESP, so that accesses at constant distances from it can share a look-up. */
import { describe, expect, test } from 'vitest';
import { analyseFlow } from '../../translator/region/dominators.ts';
import { keyOf } from '../../translator/region/graph.ts';
import { planStack } from '../../translator/region/stack-plan.ts';
import { BASE, call, instructionsOf, RET, wideGraph } from './graphs.ts';

/** mov eax, [esp + 4 n], which is worth a look-up. */
const ACCESSES = [0, 1, 2, 3].flatMap((n) => [0x8b, 0x44, 0x24, 4 * n]);
const HLT = 0xf4;

/** The plan of the region at offset 0: ESP before the instruction at an offset, and whether it is looked up after one. */
const plan = (...program: Parameters<typeof wideGraph>) => {
  const graph = wideGraph(...program);
  const { before, anchorsAfter, lowest } = planStack(analyseFlow(graph), false);
  const key = (offset: number) => keyOf(instructionsOf(graph).find(({ eip }) => eip === BASE + offset)!);
  return {
    before: (offset: number) => before(key(offset)),
    anchorsAfter: (offset: number) => anchorsAfter(key(offset)),
    lowest,
  };
};

describe('ESP moves by what is known', () => {
  test.each<[string, number[], number]>([
    ['push eax', [0x50], -4],
    ['push ax', [0x66, 0x50], -2],
    ['push 1', [0x6a, 1], -4],
    ['pop eax', [0x58], 4],
    ['pop ax', [0x66, 0x58], 2],
    ['add esp, 8', [0x83, 0xc4, 8], 8],
    ['sub esp, 8', [0x83, 0xec, 8], -8],
    ['lea esp, [esp - 8]', [0x8d, 0x64, 0x24, 0xf8], -8],
    ['cmp esp, eax', [0x39, 0xc4], 0],
    ['mov ebp, esp', [0x89, 0xe5], 0],
    ['mov ah, al', [0x88, 0xc4], 0],
    ['xchg eax, edx', [0x92], 0],
  ])('%s', (_, bytes, move) => {
    const { before, anchorsAfter } = plan({ code: [[0, [...ACCESSES, ...bytes, ...ACCESSES, HLT]]] });
    expect([before(0), before(ACCESSES.length + bytes.length)]).toEqual([0, move]);
    expect(anchorsAfter(ACCESSES.length)).toBe(false);
  });
});

describe('ESP is looked up behind what moves it to somewhere else', () => {
  test.each([
    ['leave', [0xc9]],
    ['pop esp', [0x5c]],
    ['mov esp, ebp', [0x89, 0xec]],
    ['lea esp, [eax + 8]', [0x8d, 0x60, 8]],
    ['add esp, eax', [0x01, 0xc4]],
    ['and esp, -16', [0x83, 0xe4, 0xf0]],
    ['add sp, 8', [0x66, 0x83, 0xc4, 8]],
    ['inc esp', [0x44]],
    ['xchg eax, esp', [0x94]],
    ['xchg esp, edx', [0x87, 0xe2]],
    ['xadd esp, eax', [0x0f, 0xc1, 0xc4]],
    ['xadd eax, esp', [0x0f, 0xc1, 0xe0]],
  ])('%s', (_, bytes) => {
    const { before, anchorsAfter } = plan({ code: [[0, [0x50, ...ACCESSES, ...bytes, ...ACCESSES, HLT]]] });
    expect(anchorsAfter(1 + ACCESSES.length)).toBe(true);
    expect(before(1 + ACCESSES.length + bytes.length)).toBe(0);
  });
});

describe('calls', () => {
  test('push their return address, and what is called takes it and its arguments off', () => {
    const { before, lowest } = plan({
      code: [
        [0, [0x50, 0x50, ...call(2, 0x40), ...ACCESSES, HLT]],
        [0x40, [...ACCESSES, 0xc2, 8, 0]],
      ],
    });
    expect([before(2), before(0x40), before(0x40 + ACCESSES.length), before(7)]).toEqual([-8, -12, -12, 0]);
    expect(lowest).toBe(-12);
  });

  test('of what may be elsewhere leave ESP as it was, and are below it where they lead to', () => {
    const { before, anchorsAfter, lowest } = plan({
      code: [
        [0, [0x50, ...ACCESSES, 0xff, 0xd7, ...ACCESSES, HLT]],
        [0x40, [...ACCESSES, RET]],
      ],
      targets: [[17, { table: false, eips: [BASE + 0x40] }]],
    });
    expect([before(17), before(0x40), before(19)]).toEqual([-4, -8, -4]);
    expect(anchorsAfter(17)).toBe(true);
    expect(lowest).toBe(-8);
  });

  test('of another region have room below', () => {
    expect(plan({ code: [[0, [...ACCESSES, ...call(16, 0x800), ...ACCESSES, HLT]]] }).lowest).toBe(-4);
  });
});

test('where ways with different stacks meet nothing is known', () => {
  // push eax; dec ecx; jnz 0
  const { before } = plan({ code: [[0, [...ACCESSES, 0x50, 0x49, 0x75, 0xec, HLT]]] });
  expect(before(0)).toBeUndefined();
});

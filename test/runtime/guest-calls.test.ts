/** Guest calls in translated code: what callers and callees hand each other. */
import { expect, test } from 'vitest';
import { GPR_NAMES, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const STACK = CODE + 0x2000;

const run = async (jit: boolean, program: readonly number[], fuel = 5000) => {
  const processor = await flatProcessor(jit, program);
  const { state } = processor;
  state.set(STATE.gpr + GPR_NAMES.indexOf('esp') * 4, STACK);
  const result = processor.run(fuel);
  const registers = Object.fromEntries(GPR_NAMES.map((name, n) => [name, state.gpr(n) >>> 0]));
  return { result, ...registers, eip: state.get(STATE.eip), used: processor.instructions };
};

const CALL = (distance: number): number[] => [
  0xe8,
  distance & 0xff,
  (distance >> 8) & 0xff,
  distance >> 31,
  distance >> 31,
];
const [HLT, RET, INC_EAX, PUSH_EAX, POP_EAX] = [0xf4, 0xc3, 0x40, 0x50, 0x58];
const MOV_ESI_5 = [0xbe, 5, 0, 0, 0];

const PROGRAMS: Record<string, readonly number[]> = {
  'call and come back': [...CALL(1), HLT, INC_EAX, RET],
  // Both ways of the branch, which is not taken, are one block: what is written before it must reach the callee, and survive the call.
  'a branch to what follows, then a call': [
    ...MOV_ESI_5,
    0x85,
    0xf6,
    0x74,
    0x00,
    ...CALL(3),
    0x89,
    0xf0,
    HLT,
    0x89,
    0xf1,
    RET,
  ],
  'a call to what follows: the return address is data': [...CALL(0), POP_EAX, HLT],
  'a return to elsewhere': [...CALL(2), INC_EAX, HLT, POP_EAX, 0x83, 0xc0, 0x01, PUSH_EAX, RET],
  // fib-like: EAX counts calls down, each caller adds one behind its call.
  'recursion deeper than calls may nest': [
    0xb9,
    200,
    0,
    0,
    0,
    ...CALL(1),
    HLT,
    0x49,
    0x74,
    0x05,
    ...CALL(-8),
    INC_EAX,
    RET,
  ],
  // cmp eax, eax; call: sub edx, 1; setz al; setb cl: three times, so that the function is there when it is called.
  'flags that are still pending at a call, and those that come back': [
    ...[0xbe, 3, 0, 0, 0, 0x39, 0xc0, ...CALL(10)],
    ...[0x0f, 0x94, 0xc0, 0x0f, 0x92, 0xc1, 0x4e, 0x75, 0xf0, HLT],
    ...[0x83, 0xea, 1, RET],
  ],
};

test.each(Object.entries(PROGRAMS))('%s', async (_, program) => {
  const interpreted = await run(false, program);
  expect(interpreted.result).toBe('halt');
  expect(await run(true, program)).toEqual(interpreted);
});

test('fuel that runs out within calls runs out where it does in the interpreter', async () => {
  const program = PROGRAMS['recursion deeper than calls may nest']!;
  for (const fuel of [5, 50, 333, 700]) expect(await run(true, program, fuel)).toEqual(await run(false, program, fuel));
});

/** Which flags are taken to be read after instructions of a region, and where control may leave before them. */
import { expect, test } from 'vitest';
import { ARITHMETIC_FLAGS, EFLAGS } from '../../translator/layout.ts';
import { analyseFlow } from '../../translator/region/dominators.ts';
import { buildGraph } from '../../translator/region/graph.ts';
import { analyseLiveness } from '../../translator/region/liveness.ts';

const EIP = 0x1000;
/** Writes all flags, reads none, and leads to itself. */
const ADD_FOR_EVER = [0x01, 0xc0, 0xeb, 0xfc];

/** Flags live before and after an instruction with nothing but ADD_FOR_EVER behind it. */
const liveAround = (...instruction: number[]): { before: number; after: number } => {
  const code = new Uint8Array(4096).fill(0xf4);
  code.set([...instruction, ...ADD_FOR_EVER]);
  const pages = { page: () => code, expected: () => true, elsewhere: () => false };
  const graph = buildGraph(pages, EIP, { limit: 100, translatable: () => true })!;
  const flow = analyseFlow(graph);
  const [placed] = flow.order[0]!.instructions;
  expect(placed!.instruction.length).toBe(instruction.length);
  const { before, after } = analyseLiveness(flow, false);
  return { before: before(placed!), after: after(placed!) };
};

test.each([
  ['movss xmm0, [ebx]', [0xf3, 0x0f, 0x10, 0x03]],
  ['addsd xmm0, [ebx]', [0xf2, 0x0f, 0x58, 0x03]],
  ['mov eax, [ebx] with F3', [0xf3, 0x8b, 0x03]],
  ['mov eax, [ebx] with F2', [0xf2, 0x8b, 0x03]],
])('F2 and F3 are REP before string instructions only: %s', (_, bytes) => {
  expect(liveAround(...bytes)).toEqual({ before: 0, after: 0 });
});

test('a repeated string instruction may be left in its middle, with the flags as they were', () => {
  expect(liveAround(0xf3, 0xa4)).toEqual({ before: ARITHMETIC_FLAGS, after: 0 });
  expect(liveAround(0xa4)).toEqual({ before: 0, after: 0 });
});

test('ZF of a repeated comparison is read by its own prefix', () => {
  expect(liveAround(0xf2, 0xae)).toEqual({ before: ARITHMETIC_FLAGS, after: EFLAGS.ZF });
  expect(liveAround(0xae).after).toBe(0);
});

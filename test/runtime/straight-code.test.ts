/** Long code without jumps, whose beginning alone is counted by the interpreter. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { dword, HLT } from './programs.ts';

const ECX = STATE.gpr + 4;
const INC_EAX = 0x40;
const LENGTH = 450;
/** A loop around it: dec ecx; jnz; hlt. It takes five regions. */
const LOOP = [...new Array<number>(LENGTH).fill(INC_EAX), 0x49, 0x0f, 0x85, ...dword(-(LENGTH + 7)), HLT];
const REGIONS = 5;

const prepare = async (threshold: number, turns: number): Promise<Processor> => {
  const processor = await flatProcessor(true, LOOP, {}, {}, { threshold, synchronous: true });
  processor.state.set(ECX, turns);
  return processor;
};
const regionsOf = (processor: Processor): number => processor.translation.stats().regions;

test('what goes on behind a region that is full is translated with it', async () => {
  const THRESHOLD = 100;
  const processor = await prepare(THRESHOLD, THRESHOLD + 3);
  expect(processor.run(1_000_000)).toBe('halt');
  expect(regionsOf(processor)).toBe(REGIONS);
});

test('samples in interpreted code make hot what leads there', async () => {
  const TURNS = 200;
  const run = async (at: number | undefined): Promise<number> => {
    const processor = await prepare(8000, TURNS);
    expect(processor.run((LENGTH + 2) * (TURNS - 2))).toBe('fuel');
    expect(regionsOf(processor)).toBe(0);
    if (at !== undefined) for (let n = 0; n < 4; n++) processor.translation.sample(at);
    expect(processor.run(1_000_000)).toBe('halt');
    return regionsOf(processor);
  };
  expect(await run(undefined)).toBe(0);
  expect(await run(CODE + LENGTH / 2)).toBe(REGIONS);
  // Of what leads there nothing has been counted.
  expect(await run(CODE - 1)).toBe(0);
});

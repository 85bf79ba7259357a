/** How often code has been executed: the counters that the interpreter keeps of its jumps, by host address. */
import { heatSlot } from '../../translator/interpreter/hot.ts';
import { HEAT, PAGE_SIZE } from '../../translator/layout.ts';
import type { CpuState } from '../state.ts';

/** Of so many executions of an entry there must be one of a place for that to be expected behind it. */
export const RARELY = 100;
/** Of what is expected to be executed where other code is hot, and need not be translated for that. */
export const expectedHeat = (threshold: number): number => Math.max(1, Math.floor(threshold / RARELY));
/** Of an entry that is being translated or cannot be: it will not be reported again soon. */
export const COLD = -(1 << 28);

const slotOf = (host: number): number => HEAT + heatSlot(host) * 4;

export const heatOf = (state: CpuState, host: number): number => state.get(slotOf(host));
/** Whether that is the heat of what is not rare, `least` being the least of such. What has been given to the translator is cold. */
export const isExpected = (heat: number, least: number): boolean => heat < 0 || heat >= least;
/**
 * Which bytes of the page at a host address are jumped to more than rarely where `least` is the heat of what is not
 * rare: a bit each.
 */
export const expectedIn = ({ i32 }: CpuState, page: number, least: number): Uint8Array => {
  const bits = new Uint8Array(PAGE_SIZE / 8);
  // Looked at for each page of each batch: the slots of a page lie together, so most of this is skipping zeros.
  const first = slotOf(page) >> 2;
  for (let offset = 0; offset < PAGE_SIZE; offset++) {
    const heat = i32[first ^ offset]!;
    if (heat !== 0 && isExpected(heat, least)) bits[offset >>> 3]! |= 1 << (offset & 7);
  }
  return bits;
};
export const setHeat = (state: CpuState, host: number, value: number): void => state.set(slotOf(host), value);

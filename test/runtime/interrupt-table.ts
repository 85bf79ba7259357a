/** Descriptor tables for a flat processor, whose programs then can be interrupted and run at level 3. */
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';

/** Physical addresses. A vector's handler lies at HANDLERS + 16 × vector, and is IRET until something else is put there. */
export const GDT = 0x4000;
export const IDT = 0x5000;
export const TSS = 0x6000;
export const HANDLERS = 0x8000;
const HANDLER_SIZE = 16;
const INNER_STACK = 0x7800;
export const STACK = 0x7000;

/** Selectors: flat code and data of levels 0 and 3, the TSS. */
export const SELECTOR = { code0: 0x08, data0: 0x10, code3: 0x1b, data3: 0x23, tss: 0x28 } as const;
const IRET = 0xcf;
const VECTORS = 256;
const INTERRUPT_GATE_DPL3 = 0xee00;
const TSS_SIZE = 0x68;
const BUSY_TSS = 0x8b;

export const handlerOf = (vector: number): number => HANDLERS + vector * HANDLER_SIZE;

export const installTables = ({ state, physical }: Processor): void => {
  const words = (at: number, values: readonly number[]): void =>
    physical.write(at, new Uint8Array(Uint32Array.from(values).buffer));
  const flat = [0xcf9b00, 0xcf9300, 0xcffb00, 0xcff300].flatMap((high) => [0xffff, high]);
  words(GDT, [0, 0, ...flat, (TSS << 16) | (TSS_SIZE - 1), BUSY_TSS << 8]);
  for (let vector = 0; vector < VECTORS; vector++) {
    words(IDT + vector * 8, [(SELECTOR.code0 << 16) | handlerOf(vector), INTERRUPT_GATE_DPL3]);
    physical.write(handlerOf(vector), Uint8Array.of(IRET));
  }
  words(TSS + 4, [INNER_STACK, SELECTOR.data0]);
  // An I/O map of nothing.
  words(TSS + 0x64, [TSS_SIZE << 16]);
  state.set(STATE.gdtBase, GDT);
  state.set(STATE.gdtLimit, 0x2f);
  state.set(STATE.idtBase, IDT);
  state.set(STATE.idtLimit, VECTORS * 8 - 1);
  state.setSegment(7, SELECTOR.tss, TSS, TSS_SIZE - 1, BUSY_TSS);
  state.setGpr(4, STACK);
};

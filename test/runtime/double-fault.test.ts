/** A kernel whose stack has gone is told by a task of its own. SDM vol. 3, 6.15, interrupt 8. */
import { expect, test } from 'vitest';
import { FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import { VECTOR } from '../../runtime/state.ts';
import { DS, ES, FS, GS, SS, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { GDT, handlerOf, IDT, installTables, SELECTOR, STACK, TSS } from './interrupt-table.ts';

const ESP = 4;
const UD2 = [0x0f, 0x0b];
const DIRECTORY = 0x2_0000;
const TABLE = 0x2_1000;
const PRESENT_WRITABLE = 3;
const CR0_PG = 0x8000_0000;
/** Its page is not mapped. */
const LOST_STACK = 0x9_1000;

const TASK = 0x6800;
const TASK_SELECTOR = 0x30;
const TASK_GATE = 0x8500;
const AVAILABLE_TSS = 0x89;
const TSS_CR3 = 0x1c;
const TSS_EIP = 0x20;
const TSS_ESP = 0x38;

test.each([false, true])('through a task gate, when a page fault finds no stack (translator: %s)', async (jit) => {
  const processor = await flatProcessor(jit, UD2);
  const { state, physical, mmu } = processor;
  installTables(processor);
  const words = (at: number, ...values: readonly number[]): void =>
    physical.write(at, new Uint8Array(Uint32Array.from(values).buffer));
  words(GDT + TASK_SELECTOR, (TASK << 16) | 0x67, AVAILABLE_TSS << 8);
  state.set(STATE.gdtLimit, TASK_SELECTOR + 7);
  words(IDT + VECTOR.DF * 8, TASK_SELECTOR << 16, TASK_GATE);
  // CR3, EIP, EFLAGS, eight registers, ES, CS, SS, DS, FS, GS, LDT.
  const { code0, data0 } = SELECTOR;
  const handler = handlerOf(VECTOR.DF);
  const registers = [0, 0, 0, 0, STACK, 0, 0, 0];
  words(TASK + TSS_CR3, DIRECTORY, handler, 2, ...registers, data0, code0, data0, data0, data0, data0, 0);
  words(TSS + TSS_CR3, DIRECTORY);

  words(DIRECTORY, TABLE | PRESENT_WRITABLE);
  for (let page = 0; page < 256; page++) words(TABLE + page * 4, (page << 12) | PRESENT_WRITABLE);
  words(TABLE + ((LOST_STACK >>> 12) - 1) * 4, 0);
  state.set(STATE.cr3, DIRECTORY);
  state.set(STATE.cr0, state.get(STATE.cr0) | CR0_PG);
  mmu.modeChanged();
  processor.updateMode();
  state.setGpr(ESP, LOST_STACK);
  // What the task switch saves must be loaded again.
  for (const seg of [ES, SS, DS, FS, GS]) state.setSegment(seg, data0, 0, 0xffff_ffff, FLAT_DATA);

  // The handler is IRET of a nested task: back to UD2.
  processor.run(1);
  expect([state.get(STATE.eip), state.gpr(ESP), state.get(STATE.cr2)]).toEqual([CODE, LOST_STACK, LOST_STACK - 4]);
  expect(physical.read32(TSS + TSS_EIP)).toBe(CODE);
  expect([physical.read32(TASK + TSS_EIP), physical.read32(TASK + TSS_ESP)]).toEqual([handler + 1, STACK - 4]);
});

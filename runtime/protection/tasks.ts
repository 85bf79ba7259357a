/** Task switch through 16- and 32-bit task-state segments. SDM vol. 3, chapter 7. */

import { CR0 } from '../../translator/control-bits.ts';
import { CS, DS, EFLAGS, ES, FS, GS, LDTR, SS, STATE, TR } from '../../translator/layout.ts';
import { loadCr3 } from '../control/page-directory.ts';
import type { Cpu } from '../cpu.ts';
import { DR6, disableLocalBreakpoints, requestTrap } from '../debug.ts';
import { type CpuState, GuestFault, generalProtection, VECTOR } from '../state.ts';
import {
  baseOf,
  descriptorAddress,
  dplOf,
  isAvailableTss,
  isBusyTss,
  isCode,
  isConforming,
  isNull,
  isPresent,
  limitOf,
  markAccessed,
  readDescriptor,
  refuse,
  TSS_BUSY,
  TYPE_32,
} from './descriptors.ts';
import {
  loadDataSegment,
  loadLdt,
  loadStackSegment,
  setCodeSegment,
  setNullSegment,
  setVirtual8086Segment,
  taskIs32,
} from './segments.ts';
import { Stack } from './stack.ts';

/** What starts a task switch: JMP, CALL, IRET with NT set, or an interrupt through a task gate. */
export type TaskSwitchCause = 'jump' | 'call' | 'return' | 'interrupt';

/** A fault met when the new task is already in force: it is the new task's, and EIP must not be put back. */
export class TaskFault extends GuestFault {}

/** Offsets in a TSS. SDM vol. 3, figures 7-2 and 7-10. */
interface Layout {
  readonly bits: 16 | 32;
  readonly eip: number;
  readonly eflags: number;
  /** General registers in the order of their encoding. */
  readonly registers: number;
  /** Segment registers in the order of their encoding, and how many there are. */
  readonly segments: number;
  readonly segmentCount: number;
  readonly ldt: number;
  /** What the processor itself uses, in bytes. */
  readonly size: number;
}
const LAYOUT_16: Layout = {
  bits: 16,
  eip: 0x0e,
  eflags: 0x10,
  registers: 0x12,
  segments: 0x22,
  segmentCount: 4,
  ldt: 0x2a,
  size: 0x2c,
};
const LAYOUT_32: Layout = {
  bits: 32,
  eip: 0x20,
  eflags: 0x24,
  registers: 0x28,
  segments: 0x48,
  segmentCount: 6,
  ldt: 0x60,
  size: 0x68,
};
/** What the upper halves of the general registers are after a 16-bit TSS was loaded: the manual leaves it open. */
const UPPER_HALF = ~0xffff;
/** 32-bit TSS only. */
const CR3 = 0x1c;
const TRAP = 0x64;

/** What a TSS holds, read before anything is changed. */
interface Task {
  readonly layout: Layout;
  readonly cr3: number;
  readonly eip: number;
  readonly eflags: number;
  readonly registers: readonly number[];
  readonly segments: readonly number[];
  readonly ldt: number;
  readonly trap: boolean;
}

/**
 * Switches to the task whose TSS `selector` names; EIP is where the old task goes on. `code` is the error code of
 * an exception, pushed on the new stack; `resume` is RF or 0, for the old task's EFLAGS. Throws GuestFault with nothing changed, or TaskFault in the new task.
 */
export const switchTask = (cpu: Cpu, selector: number, cause: TaskSwitchCause, code?: number, resume = 0): void => {
  const { state } = cpu;
  const memory = cpu.mmu.linear.system;
  const vector = cause === 'return' ? VECTOR.TS : VECTOR.GP;
  if (isNull(selector) || selector & 4) refuse(vector, selector);
  const { low, high, access } = readDescriptor(cpu, selector, vector);
  if (!(cause === 'return' ? isBusyTss(access) : isAvailableTss(access))) refuse(vector, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  const base = baseOf(low, high);
  const layout = access & TYPE_32 ? LAYOUT_32 : LAYOUT_16;
  if (limitOf(low, high) >>> 0 < layout.size - 1) refuse(VECTOR.TS, selector);
  const task = readTask(cpu, base, layout);

  const oldSelector = state.selector(TR);
  const nested = cause === 'call' || cause === 'interrupt';
  memory.probeWrite(state.segBase(TR), (taskIs32(state) ? LAYOUT_32 : LAYOUT_16).size);
  if (nested) memory.probeWrite(base, 2);

  const eflags = cpu.readEflags();
  saveTask(cpu, cause === 'return' ? eflags & ~EFLAGS.NT : eflags | resume);
  if (nested) memory.write16(base, oldSelector);
  else setBusy(cpu, oldSelector, false);
  if (cause !== 'return') setBusy(cpu, selector, true);
  state.set(STATE.cr0, state.get(STATE.cr0) | CR0.TS);
  state.setSegment(TR, selector, base, limitOf(low, high), access | TSS_BUSY);
  disableLocalBreakpoints(state);
  try {
    loadTask(cpu, task, nested ? EFLAGS.NT : 0, code);
  } catch (fault) {
    throw fault instanceof GuestFault ? new TaskFault(fault.vector, fault.code) : fault;
  } finally {
    cpu.updateMode();
  }
};

const setBusy = (cpu: Cpu, selector: number, busy: boolean): void => {
  const memory = cpu.mmu.linear.system;
  const at = (descriptorAddress(cpu, selector) + 5) | 0;
  const access = memory.read8(at);
  memory.write8(at, busy ? access | TSS_BUSY : access & ~TSS_BUSY);
};

const readTask = (cpu: Cpu, base: number, layout: Layout): Task => {
  const memory = cpu.mmu.linear.system;
  const wide = layout.bits === 32;
  const bytes = layout.bits >> 3;
  const word = (offset: number): number =>
    wide ? memory.read32((base + offset) | 0) : memory.read16((base + offset) | 0);
  const words = (offset: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => word(offset + index * bytes));
  return {
    layout,
    cr3: wide ? word(CR3) : 0,
    eip: word(layout.eip),
    eflags: word(layout.eflags),
    registers: words(layout.registers, 8),
    // A 16-bit TSS knows no FS and GS: they become null.
    segments: [...words(layout.segments, layout.segmentCount), 0, 0].slice(0, 6).map((value) => value & 0xffff),
    ldt: word(layout.ldt) & 0xffff,
    trap: wide && (word(TRAP) & 1) !== 0,
  };
};

/** Stores the outgoing task's registers; CR3, LDT and the inner stacks are never written. SDM vol. 3, 7.2.1. */
const saveTask = (cpu: Cpu, eflags: number): void => {
  const { state } = cpu;
  const memory = cpu.mmu.linear.system;
  const layout = taskIs32(state) ? LAYOUT_32 : LAYOUT_16;
  const base = state.segBase(TR);
  const bytes = layout.bits >> 3;
  const store = (offset: number, value: number): void =>
    layout.bits === 32
      ? memory.write32((base + offset) | 0, value)
      : memory.write16((base + offset) | 0, value & 0xffff);
  store(layout.eip, state.get(STATE.eip));
  store(layout.eflags, eflags);
  for (let index = 0; index < 8; index++) store(layout.registers + index * bytes, state.gpr(index));
  for (let seg = 0; seg < layout.segmentCount; seg++) {
    memory.write16((base + layout.segments + seg * bytes) | 0, state.selector(seg));
  }
};

/** Makes `task` the CPU's: registers first, then the descriptors, whose faults are the new task's. */
const loadTask = (cpu: Cpu, task: Task, nested: number, code: number | undefined): void => {
  const { state } = cpu;
  const { layout, segments } = task;
  const wide = layout.bits === 32;
  const virtual = wide && (task.eflags & EFLAGS.VM) !== 0;
  state.set(STATE.eip, task.eip);
  task.registers.forEach((value, index) => {
    state.setGpr(index, wide ? value : UPPER_HALF | value);
  });
  for (let seg = ES; seg <= GS; seg++) {
    if (virtual) setVirtual8086Segment(state, seg, segments[seg]!);
    else setNullSegment(state, seg, segments[seg]!);
  }
  state.setSegment(LDTR, task.ldt, 0, 0, 0);
  const cpl = virtual ? 3 : segments[CS]! & 3;
  cpu.setCpl(cpl);
  cpu.writeEflags(task.eflags | nested);
  if (wide && state.get(STATE.cr0) & CR0.PG) loadCr3(cpu, task.cr3);

  loadLdt(cpu, task.ldt, VECTOR.TS);
  if (!virtual) {
    loadTaskCode(cpu, segments[CS]!);
    loadStackSegment(cpu, segments[SS]!, cpl, VECTOR.TS);
    for (const seg of [ES, DS, FS, GS]) loadDataSegment(cpu, seg, segments[seg]!, cpl, VECTOR.TS);
  }
  if (task.trap) requestTrap(cpu, DR6.BT);
  if (code !== undefined) pushErrorCode(cpu, state, code, layout.bits);
  if (task.eip >>> 0 > state.segLimit(CS)) generalProtection();
};

const loadTaskCode = (cpu: Cpu, selector: number): void => {
  if (isNull(selector)) refuse(VECTOR.TS, 0);
  const descriptor = readDescriptor(cpu, selector, VECTOR.TS);
  const { access } = descriptor;
  const dpl = dplOf(access);
  const rpl = selector & 3;
  if (!isCode(access) || (isConforming(access) ? dpl > rpl : dpl !== rpl)) refuse(VECTOR.TS, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  markAccessed(cpu, descriptor);
  setCodeSegment(cpu.state, descriptor, rpl);
};

const pushErrorCode = (cpu: Cpu, state: CpuState, code: number, bits: 16 | 32): void => {
  const stack = new Stack().current(cpu);
  stack.push(code, bits);
  stack.commit(state);
};

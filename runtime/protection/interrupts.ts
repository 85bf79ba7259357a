/** Delivery of interrupts and exceptions through the IVT or the IDT. SDM vol. 3, chapter 6 and 21.1.4, 21.3. */
import { CS, DS, EFLAGS, ES, FS, GS, SS, STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { dropGeneralDetect } from '../debug.ts';
import { type CpuState, GuestFault, generalProtection, VECTOR } from '../state.ts';
import {
  accessOf,
  dplOf,
  gateOffset,
  gateSelector,
  isCode,
  isConforming,
  isNull,
  isPresent,
  markAccessed,
  readDescriptor,
  refuse,
  TYPE,
  TYPE_32,
  typeOf,
} from './descriptors.ts';
import { InnerStack } from './inner-stack.ts';
import { cplOf, isProtected, isVirtual8086 } from './modes.ts';
import { checkCodeOffset, setCodeSegment, setNullSegment, setRealSegment } from './segments.ts';
import { Stack } from './stack.ts';
import { switchTask, TaskFault } from './tasks.ts';

/** What is to be delivered; a GuestFault says the first two. */
export interface Delivery {
  readonly vector: number;
  /** Error code of exceptions that have one. */
  readonly code?: number | undefined;
  /** INT n, INT3, INTO: the gate's DPL counts. */
  readonly software?: boolean;
  /** From INTR or NMI: never part of a double fault, whatever its vector. */
  readonly external?: boolean;
}

/** Error code bits. SDM vol. 3, 6.13. */
const EXT = 1;
const IDT = 2;

const set = (...vectors: number[]): number => vectors.reduce((bits, vector) => bits | (1 << vector), 0);
/** SDM vol. 3, table 6-4. */
const CONTRIBUTORY = set(VECTOR.DE, VECTOR.TS, VECTOR.NP, VECTOR.SS, VECTOR.GP);
/** Codes of these name a selector or are 0, and tell with EXT that the program is not to blame. */
const WITH_EXT = set(VECTOR.TS, VECTOR.NP, VECTOR.SS, VECTOR.GP);
/** Fault-class exceptions: the EFLAGS image has RF, so that the restarted instruction meets no breakpoint. */
const RESTARTING = CONTRIBUTORY | set(VECTOR.BR, VECTOR.UD, VECTOR.NM, VECTOR.PF, VECTOR.MF, VECTOR.AC, VECTOR.XM);
const isIn = (vectors: number, vector: number): boolean => vector < 32 && (vectors & (1 << vector)) !== 0;

/** Whether `second`, met while `first` was delivered, makes a double fault. SDM vol. 3, table 6-5. */
const makesDoubleFault = (first: number, second: number): boolean =>
  isIn(CONTRIBUTORY, first)
    ? isIn(CONTRIBUTORY, second)
    : first === VECTOR.PF && (second === VECTOR.PF || isIn(CONTRIBUTORY, second));
const isSerious = (vector: number): boolean => vector === VECTOR.PF || isIn(CONTRIBUTORY, vector);

const stack = new Stack();
const innerStack = new InnerStack();

/**
 * Delivers an event; EIP is the address to return to. What goes wrong on the way is delivered in its place, up to
 * double fault and shutdown. Software interrupts are the exception: theirs is thrown, for EIP must be put back.
 */
export const deliver = (cpu: Cpu, event: Delivery): void => {
  if (!event.software) cpu.onDelivery?.(event);
  if (event.software) interrupt(cpu, event.vector);
  else if (event.external) deliverException(cpu, event.vector, undefined, false);
  else deliverException(cpu, event.vector, event.code, true);
};

/** INT n, INT3, INTO. Throws GuestFault with nothing changed. */
export const interrupt = (cpu: Cpu, vector: number): void => {
  cpu.onDelivery?.({ vector, software: true });
  try {
    enter(cpu, vector, undefined, true, 0);
  } catch (fault) {
    if (!(fault instanceof TaskFault)) throw fault;
    deliverException(cpu, fault.vector, fault.code, true);
  }
};

const deliverException = (cpu: Cpu, vector: number, code: number | undefined, exception: boolean): void => {
  for (;;) {
    try {
      enter(cpu, vector, code, false, exception && isIn(RESTARTING, vector) ? EFLAGS.RF : 0);
      return;
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault;
      if (exception && vector === VECTOR.DF && isSerious(fault.vector)) {
        cpu.shutdown();
        return;
      }
      if (exception && makesDoubleFault(vector, fault.vector)) {
        vector = VECTOR.DF;
        code = 0;
      } else {
        vector = fault.vector;
        code = isIn(WITH_EXT, vector) ? (fault.code ?? 0) | EXT : fault.code;
      }
      exception = true;
      cpu.onDelivery?.({ vector, code });
    }
  }
};

/** One attempt; throws before anything is changed, or TaskFault after a task switch. `resume`: RF or 0. */
const enter = (cpu: Cpu, vector: number, code: number | undefined, software: boolean, resume: number): void => {
  const { state } = cpu;
  if (!isProtected(state)) {
    enterReal(cpu, vector);
  } else {
    const entry = vector * 8;
    if (entry + 7 > state.get(STATE.idtLimit)) throw new GuestFault(VECTOR.GP, entry | IDT);
    const memory = cpu.mmu.linear.system;
    const at = (state.get(STATE.idtBase) + entry) | 0;
    const low = memory.read32(at);
    const high = memory.read32((at + 4) | 0);
    const access = accessOf(high);
    const type = typeOf(access);
    const isGate = (type & ~(TYPE_32 | 1)) === TYPE.interruptGate16;
    if (!isGate && type !== TYPE.taskGate) throw new GuestFault(VECTOR.GP, entry | IDT);
    if (software && dplOf(access) < cplOf(state)) throw new GuestFault(VECTOR.GP, entry | IDT);
    if (!isPresent(access)) throw new GuestFault(VECTOR.NP, entry | IDT);
    if (isGate) enterGate(cpu, low, high, type, code, resume);
    else switchTask(cpu, gateSelector(low), 'interrupt', code, resume);
  }
  if (vector === VECTOR.DB && !software) dropGeneralDetect(state);
};

/** Clears what a handler starts without, `also` included. */
const clearFlags = (state: CpuState, also: number): void =>
  state.set(STATE.eflags, state.get(STATE.eflags) & ~(EFLAGS.TF | EFLAGS.RF | EFLAGS.VM | also));

/** Real mode: four bytes an entry, no error codes. SDM vol. 3, 21.1.4. */
const enterReal = (cpu: Cpu, vector: number): void => {
  const { state } = cpu;
  const entry = vector * 4;
  if (entry + 3 > state.get(STATE.idtLimit)) generalProtection();
  const at = (state.get(STATE.idtBase) + entry) | 0;
  const offset = cpu.mmu.linear.read16(at);
  const selector = cpu.mmu.linear.read16((at + 2) | 0);
  stack.current(cpu);
  stack.push16(cpu.readEflags());
  stack.push16(state.selector(CS));
  stack.push16(state.get(STATE.eip));
  stack.commit(state);
  setRealSegment(state, CS, selector);
  state.set(STATE.eip, offset);
  clearFlags(state, EFLAGS.IF | EFLAGS.AC);
  cpu.updateMode();
};

/** Interrupt and trap gates, 16 and 32 bits wide. SDM vol. 3, 6.12.1; from virtual-8086 mode 21.3.1. */
const enterGate = (
  cpu: Cpu,
  low: number,
  high: number,
  type: number,
  code: number | undefined,
  resume: number,
): void => {
  const { state } = cpu;
  const wide = (type & TYPE_32) !== 0;
  const bits = wide ? 32 : 16;
  const selector = gateSelector(low);
  const eip = gateOffset(low, high, wide);
  if (isNull(selector)) generalProtection();
  const target = readDescriptor(cpu, selector, VECTOR.GP);
  const { access } = target;
  const cpl = cplOf(state);
  const dpl = dplOf(access);
  const virtual = isVirtual8086(state);
  if (!isCode(access) || dpl > cpl) refuse(VECTOR.GP, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  const inner = dpl < cpl && !isConforming(access);
  if (virtual && !(inner && dpl === 0)) refuse(VECTOR.GP, selector);
  if (!virtual && !inner && dpl !== cpl && !isConforming(access)) refuse(VECTOR.GP, selector);

  const frame = inner ? innerStack.openLevel(cpu, dpl) : stack.current(cpu);
  checkCodeOffset(target, eip);
  if (virtual) {
    frame.push(state.selector(GS), bits);
    frame.push(state.selector(FS), bits);
    frame.push(state.selector(DS), bits);
    frame.push(state.selector(ES), bits);
  }
  if (inner) {
    frame.push(state.selector(SS), bits);
    frame.push(state.gpr(4), bits);
  }
  frame.push(cpu.readEflags() | resume, bits);
  frame.push(state.selector(CS), bits);
  frame.push(state.get(STATE.eip), bits);
  if (code !== undefined) frame.push(code, bits);
  markAccessed(cpu, target);

  if (inner) {
    innerStack.enter(cpu);
    cpu.setCpl(dpl);
  } else {
    stack.commit(state);
  }
  setCodeSegment(state, target, inner ? dpl : cpl);
  state.set(STATE.eip, eip | 0);
  if (virtual) {
    setNullSegment(state, GS, 0);
    setNullSegment(state, FS, 0);
    setNullSegment(state, DS, 0);
    setNullSegment(state, ES, 0);
  }
  // Trap gates have type bit 0 set and leave IF alone.
  clearFlags(state, EFLAGS.NT | (type & 1 ? 0 : EFLAGS.IF));
  cpu.updateMode();
};

/** Far JMP, CALL and RET through segments and gates. SDM vol. 3, 5.8; vol. 2, CALL, JMP, RET. */
import { CS, SS, STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { operandAddress } from '../host/operands.ts';
import { generalProtection, VECTOR } from '../state.ts';
import {
  type Descriptor,
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
import { deliver } from './interrupts.ts';
import { cplOf, isProtected, isVirtual8086 } from './modes.ts';
import {
  checkCodeOffset,
  dropInnerSegments,
  readStackDescriptor,
  setCodeSegment,
  setRealSegment,
  setSegment,
  setVirtual8086Segment,
} from './segments.ts';
import { Stack, setStackPointer } from './stack.ts';
import { switchTask, TaskFault, type TaskSwitchCause } from './tasks.ts';

const ESP = 4;
const stack = new Stack();
const innerStack = new InnerStack();

/** A task switch that an instruction makes: what fails in the new task is delivered there. */
export const switchTaskFrom = (cpu: Cpu, selector: number, cause: TaskSwitchCause): void => {
  try {
    switchTask(cpu, selector, cause);
  } catch (fault) {
    if (!(fault instanceof TaskFault)) throw fault;
    deliver(cpu, fault);
  }
};

/** Sets CS:EIP where selectors are paragraphs. `eip` is unsigned. */
export const setRealCode = (cpu: Cpu, selector: number, eip: number): void => {
  const { state } = cpu;
  if (isVirtual8086(state)) setVirtual8086Segment(state, CS, selector);
  else setRealSegment(state, CS, selector);
  state.set(STATE.eip, eip | 0);
  cpu.updateMode();
};

/** Far JMP (`call` false) and CALL to a far pointer; `bits` is the operand size. */
const transfer = (cpu: Cpu, selector: number, offset: number, bits: 16 | 32, call: boolean): void => {
  const { state } = cpu;
  if (!isProtected(state) || isVirtual8086(state)) {
    if (offset > state.segLimit(CS)) generalProtection();
    if (call) pushReturnAddress(cpu, bits);
    if (call) stack.commit(state);
    setRealCode(cpu, selector, offset);
    return;
  }
  if (isNull(selector)) generalProtection();
  const target = readDescriptor(cpu, selector, VECTOR.GP);
  const { access } = target;
  if (isCode(access)) {
    const cpl = cplOf(state);
    const dpl = dplOf(access);
    const allowed = isConforming(access) ? dpl <= cpl : dpl === cpl && (selector & 3) <= cpl;
    if (!allowed) refuse(VECTOR.GP, selector);
    if (!isPresent(access)) refuse(VECTOR.NP, selector);
    enterSameLevel(cpu, target, offset, bits, call);
    return;
  }
  transferThroughSystem(cpu, target, call);
};

/** Call gates, task gates and TSSs. */
const transferThroughSystem = (cpu: Cpu, { selector, low, high, access }: Descriptor, call: boolean): void => {
  const type = typeOf(access);
  const isCallGate = type === TYPE.callGate16 || type === TYPE.callGate32;
  const isTss = type === TYPE.tss16 || type === TYPE.tss32;
  if (!isCallGate && !isTss && type !== TYPE.taskGate) refuse(VECTOR.GP, selector);
  if (dplOf(access) < Math.max(cplOf(cpu.state), selector & 3)) refuse(VECTOR.GP, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  if (isCallGate) transferThroughGate(cpu, low, high, (type & TYPE_32) !== 0, call);
  else switchTaskFrom(cpu, isTss ? selector : gateSelector(low), call ? 'call' : 'jump');
};

const transferThroughGate = (cpu: Cpu, low: number, high: number, wide: boolean, call: boolean): void => {
  const selector = gateSelector(low);
  const offset = gateOffset(low, high, wide);
  const bits = wide ? 32 : 16;
  if (isNull(selector)) generalProtection();
  const target = readDescriptor(cpu, selector, VECTOR.GP);
  const { access } = target;
  const cpl = cplOf(cpu.state);
  const dpl = dplOf(access);
  if (!isCode(access) || dpl > cpl) refuse(VECTOR.GP, selector);
  if (!call && !isConforming(access) && dpl !== cpl) refuse(VECTOR.GP, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  if (isConforming(access) || dpl === cpl) {
    enterSameLevel(cpu, target, offset, bits, call);
  } else {
    callInnerLevel(cpu, target, offset, bits, high & 0x1f);
  }
};

const pushReturnAddress = (cpu: Cpu, bits: 16 | 32): void => {
  stack.current(cpu);
  stack.push(cpu.state.selector(CS), bits);
  stack.push(cpu.state.get(STATE.eip), bits);
};

const enterSameLevel = (cpu: Cpu, target: Descriptor, offset: number, bits: 16 | 32, call: boolean): void => {
  const { state } = cpu;
  checkCodeOffset(target, offset);
  if (call) pushReturnAddress(cpu, bits);
  markAccessed(cpu, target);
  if (call) stack.commit(state);
  setCodeSegment(state, target, cplOf(state));
  state.set(STATE.eip, offset | 0);
  cpu.updateMode();
};

/** CALL through a gate to more privilege: the caller's stack pointer and `count` parameters go to the new stack. */
const callInnerLevel = (cpu: Cpu, target: Descriptor, offset: number, bits: 16 | 32, count: number): void => {
  const { state } = cpu;
  const level = dplOf(target.access);
  innerStack.openLevel(cpu, level);
  checkCodeOffset(target, offset);
  stack.current(cpu);
  innerStack.push(state.selector(SS), bits);
  innerStack.push(state.gpr(ESP), bits);
  for (let index = count - 1; index >= 0; index--) innerStack.push(stack.peek((index * bits) >> 3, bits), bits);
  innerStack.push(state.selector(CS), bits);
  innerStack.push(state.get(STATE.eip), bits);
  markAccessed(cpu, target);
  innerStack.enter(cpu);
  cpu.setCpl(level);
  setCodeSegment(state, target, level);
  state.set(STATE.eip, offset | 0);
  cpu.updateMode();
};

/**
 * The end of RETF and IRET in protected mode, whose items up to CS have been popped from `frame`: checks the
 * target, switches to the outer stack if its level is another, then commits CS:EIP, the stack and CPL. `release`
 * bytes of parameters are dropped from both stacks. Throws with nothing changed. The mode is left to the caller.
 */
export const returnTo = (
  cpu: Cpu,
  frame: Stack,
  selector: number,
  eip: number,
  bits: 16 | 32,
  release: number,
): void => {
  const { state } = cpu;
  if (isNull(selector)) generalProtection();
  const target = readDescriptor(cpu, selector, VECTOR.GP);
  const { access } = target;
  const rpl = selector & 3;
  const dpl = dplOf(access);
  const cpl = cplOf(state);
  if (!isCode(access) || rpl < cpl || (isConforming(access) ? dpl > rpl : dpl !== rpl)) refuse(VECTOR.GP, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  frame.release(release);
  if (rpl === cpl) {
    checkCodeOffset(target, eip);
    markAccessed(cpu, target);
    frame.commit(state);
  } else {
    const esp = frame.pop(bits);
    const stackSelector = frame.pop(bits) & 0xffff;
    if (isNull(stackSelector)) generalProtection();
    const outerStack = readStackDescriptor(cpu, stackSelector, rpl, VECTOR.GP);
    checkCodeOffset(target, eip);
    markAccessed(cpu, target);
    markAccessed(cpu, outerStack);
    setSegment(state, SS, outerStack);
    setStackPointer(state, esp + release);
    cpu.setCpl(rpl);
    dropInnerSegments(state, rpl);
  }
  setCodeSegment(state, target, rpl);
  state.set(STATE.eip, eip | 0);
};

const truncated = (offset: number, bits: 16 | 32): number => (bits === 32 ? offset >>> 0 : offset & 0xffff);

const direct =
  (call: boolean): HostInstruction =>
  (cpu, instruction) => {
    const { operandSize, immediate, immediate2 } = instruction;
    transfer(cpu, immediate2 & 0xffff, truncated(immediate, operandSize), operandSize, call);
  };

const indirect =
  (call: boolean): HostInstruction =>
  (cpu, instruction) => {
    const bits = instruction.operandSize;
    const at = operandAddress(cpu, instruction, (bits >> 3) + 2, 'read');
    const memory = cpu.mmu.linear;
    const eip = bits === 32 ? memory.read32(at) : memory.read16(at);
    transfer(cpu, memory.read16((at + (bits >> 3)) | 0), truncated(eip, bits), bits, call);
  };

const returnFar: HostInstruction = (cpu, instruction) => {
  const { state } = cpu;
  const bits = instruction.operandSize;
  const release = instruction.line.operands.length > 0 ? instruction.immediate & 0xffff : 0;
  stack.current(cpu);
  const eip = truncated(stack.pop(bits), bits);
  const selector = stack.pop(bits) & 0xffff;
  if (isProtected(state) && !isVirtual8086(state)) {
    returnTo(cpu, stack, selector, eip, bits, release);
    cpu.updateMode();
  } else {
    if (eip > state.segLimit(CS)) generalProtection();
    stack.release(release);
    stack.commit(state);
    setRealCode(cpu, selector, eip);
  }
};

export const TRANSFERS: Record<string, HostInstruction> = {
  jmpf: direct(false),
  callf: direct(true),
  jmpfm: indirect(false),
  callfm: indirect(true),
  retf: returnFar,
};

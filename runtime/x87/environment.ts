/** Images of the FPU in memory. SDM vol. 1, 8.1.10, figures 8-9 to 8-12; vol. 2, FSTENV, FLDENV, FSAVE, FRSTOR. */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { EFLAGS, STATE } from '../../translator/layout.ts';
import { CONTROL_INITIAL, CONTROL_RESERVED, CONTROL_WRITABLE, EXCEPTIONS } from '../../translator/x87/words.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { operandAddress } from '../host/operands.ts';
import type { CpuState } from '../state.ts';
import { claimFpu, isEmpty, kindOf, physical, read, summarize } from './registers.ts';

const REGISTER_BYTES = 10;
const REGISTERS = 8;
/** Fields of an environment: seven words of the operand size. */
const FIELDS = 7;
/** Upper halves of the 32-bit image that have no meaning are stored as ones. */
const RESERVED = 0xffff_0000;

/** Tag of each register by its contents; the state itself only knows which are empty. */
const tagWord = (state: CpuState): number => {
  let tag = 0;
  for (let index = 0; index < REGISTERS; index++) {
    const kind = kindOf(read(state, index));
    const full = kind === 'normal' ? 0 : kind === 'zero' ? 1 : 2;
    tag |= (isEmpty(state, index) ? 3 : full) << (2 * physical(state, index));
  }
  return tag;
};

/** Real-address and virtual-8086 mode keep linear addresses instead of segment and offset. */
const keepsLinear = ({ state }: Cpu): boolean =>
  (state.get(STATE.cr0) & 1) === 0 || (state.get(STATE.eflags) & EFLAGS.VM) !== 0;

/** The words of the environment as they are stored. */
const environment = (cpu: Cpu, wide: boolean): number[] => {
  const { state } = cpu;
  const get = (offset: number): number => state.get(offset);
  const [ip, cs, dp, ds] = [get(STATE.fpuIp), get(STATE.fpuCs), get(STATE.fpuDp), get(STATE.fpuDs)];
  const opcode = get(STATE.fpuOpcode) & 0x7ff;
  const head = [get(STATE.fpuControl), get(STATE.fpuStatus), tagWord(state)];
  const tail = (): number[] => {
    if (keepsLinear(cpu)) {
      const [code, data] = [(cs << 4) + ip, (ds << 4) + dp];
      const upper = (linear: number): number => (wide ? (linear >>> 16) << 12 : (linear >>> 4) & 0xf000);
      return [code & 0xffff, upper(code) | opcode, data & 0xffff, upper(data)];
    }
    return wide ? [ip, (opcode << 16) | (cs & 0xffff), dp, ds | RESERVED] : [ip, cs, dp, ds];
  };
  if (!wide) return [...head, ...tail()];
  const [first, second, third, fourth] = tail() as [number, number, number, number];
  const padded = keepsLinear(cpu)
    ? [first | RESERVED, second, third | RESERVED, fourth]
    : [first, second, third, fourth];
  return [...head.map((word) => word | RESERVED), ...padded];
};

/** Takes what `environment` stored. Linear addresses come back as offsets in segment 0. */
const setEnvironment = (cpu: Cpu, words: readonly number[], wide: boolean): void => {
  const { state } = cpu;
  const [control, status, tag, w3, w4, w5, w6] = words as [number, number, number, number, number, number, number];
  state.set(STATE.fpuControl, (control & CONTROL_WRITABLE) | CONTROL_RESERVED);
  state.set(STATE.fpuStatus, status & 0xffff);
  state.set(STATE.fpuTag, tag & 0xffff);
  summarize(state);
  const set = (ip: number, cs: number, dp: number, ds: number, opcode: number): void => {
    const values = [ip, cs, dp, ds, opcode & 0x7ff];
    const fields = [STATE.fpuIp, STATE.fpuCs, STATE.fpuDp, STATE.fpuDs, STATE.fpuOpcode];
    for (const [n, field] of fields.entries()) state.set(field, values[n]!);
  };
  if (keepsLinear(cpu)) {
    const join = (low: number, high: number): number =>
      (low & 0xffff) | (wide ? (high << 4) & RESERVED : (high & 0xf000) << 4);
    set(join(w3, w4), 0, join(w5, w6), 0, w4);
  } else if (wide) set(w3, w4 & 0xffff, w5, w6 & 0xffff, w4 >>> 16);
  else set(w3, w4, w5, w6, 0);
};

const isWide = ({ operandSize }: Instruction): boolean => operandSize === 32;
const environmentBytes = (wide: boolean): number => FIELDS * (wide ? 4 : 2);

/** Linear address of an image that is certain to be readable or writable. */
const image = (cpu: Cpu, instruction: Instruction, bytes: number, access: 'read' | 'write'): number => {
  const linear = operandAddress(cpu, instruction, bytes, access);
  if (access === 'read') cpu.mmu.linear.probeRead(linear, bytes);
  else cpu.mmu.linear.probeWrite(linear, bytes);
  return linear;
};

const storeEnvironment = (cpu: Cpu, linear: number, wide: boolean): void => {
  const memory = cpu.mmu.linear;
  for (const [n, word] of environment(cpu, wide).entries()) {
    if (wide) memory.write32((linear + 4 * n) | 0, word);
    else memory.write16((linear + 2 * n) | 0, word & 0xffff);
  }
};
const loadEnvironment = (cpu: Cpu, linear: number, wide: boolean): void => {
  const memory = cpu.mmu.linear;
  const word = (n: number): number =>
    wide ? memory.read32((linear + 4 * n) | 0) : memory.read16((linear + 2 * n) | 0);
  setEnvironment(
    cpu,
    Array.from({ length: FIELDS }, (_, n) => word(n)),
    wide,
  );
};

/** As FNINIT leaves the FPU. */
const initializeFpu = (state: CpuState): void => {
  state.set(STATE.fpuControl, CONTROL_INITIAL);
  state.set(STATE.fpuStatus, 0);
  state.set(STATE.fpuTag, 0xffff);
  for (const pointer of [STATE.fpuOpcode, STATE.fpuIp, STATE.fpuCs, STATE.fpuDp, STATE.fpuDs]) state.set(pointer, 0);
};

const fnstenv: HostInstruction = (cpu, instruction) => {
  claimFpu(cpu, false);
  const wide = isWide(instruction);
  storeEnvironment(cpu, image(cpu, instruction, environmentBytes(wide), 'write'), wide);
  const { state } = cpu;
  state.set(STATE.fpuControl, state.get(STATE.fpuControl) | EXCEPTIONS);
  summarize(state);
};

const fldenv: HostInstruction = (cpu, instruction) => {
  claimFpu(cpu);
  const wide = isWide(instruction);
  loadEnvironment(cpu, image(cpu, instruction, environmentBytes(wide), 'read'), wide);
};

/** Offset in an image of ST(index). */
const registerAt = (wide: boolean, index: number): number => environmentBytes(wide) + REGISTER_BYTES * index;

const fnsave: HostInstruction = (cpu, instruction) => {
  const { state, mmu } = cpu;
  claimFpu(cpu, false);
  const wide = isWide(instruction);
  const linear = image(cpu, instruction, registerAt(wide, REGISTERS), 'write');
  storeEnvironment(cpu, linear, wide);
  for (let index = 0; index < REGISTERS; index++) {
    const at = (linear + registerAt(wide, index)) | 0;
    const { significand, signExponent } = read(state, index);
    mmu.linear.write32(at, Number(BigInt.asIntN(32, significand)));
    mmu.linear.write32((at + 4) | 0, Number(BigInt.asIntN(32, significand >> 32n)));
    mmu.linear.write16((at + 8) | 0, signExponent);
  }
  initializeFpu(state);
};

const frstor: HostInstruction = (cpu, instruction) => {
  const { state, mmu } = cpu;
  claimFpu(cpu);
  const wide = isWide(instruction);
  const linear = image(cpu, instruction, registerAt(wide, REGISTERS), 'read');
  loadEnvironment(cpu, linear, wide);
  for (let index = 0; index < REGISTERS; index++) {
    const at = (linear + registerAt(wide, index)) | 0;
    const to = STATE.fpu + 16 * physical(state, index);
    state.i32[to >> 2] = mmu.linear.read32(at);
    state.i32[(to + 4) >> 2] = mmu.linear.read32((at + 4) | 0);
    state.u16[(to + 8) >> 1] = mmu.linear.read16((at + 8) | 0);
  }
};

export const X87_ENVIRONMENT: Readonly<Record<string, HostInstruction>> = { fnstenv, fldenv, fnsave, frstor };

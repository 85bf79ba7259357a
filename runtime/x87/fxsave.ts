/** FXSAVE and FXRSTOR: x87, MMX and SSE state in 512 bytes. SDM vol. 1, 10.5; vol. 2, FXSAVE, table 3-43. */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { STATE } from '../../translator/layout.ts';
import { MXCSR } from '../../translator/sse/words.ts';
import { CONTROL_RESERVED, CONTROL_WRITABLE } from '../../translator/x87/words.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { operandAddress } from '../host/operands.ts';
import { generalProtection } from '../state.ts';
import { claimFpu, isEmpty, physical, summarize } from './registers.ts';

const BYTES = 512;
/** Offsets in the image. */
const IMAGE = {
  control: 0,
  status: 2,
  tag: 4,
  opcode: 6,
  ip: 8,
  cs: 12,
  dp: 16,
  ds: 20,
  mxcsr: 24,
  mxcsrMask: 28,
  registers: 32,
  xmm: 160,
} as const;
/** Doublewords of the image that are words of state as they are. */
const POINTERS: readonly (readonly [at: number, word: number])[] = [
  [IMAGE.ip, STATE.fpuIp],
  [IMAGE.cs, STATE.fpuCs],
  [IMAGE.dp, STATE.fpuDp],
  [IMAGE.ds, STATE.fpuDs],
];
const REGISTERS = 8;
const XMM_WORDS = 32;
const EMPTY = 3;

/** Linear address of an image that is certain to be readable or writable. */
const image = (cpu: Cpu, instruction: Instruction, access: 'read' | 'write'): number => {
  claimFpu(cpu, false);
  const linear = operandAddress(cpu, instruction, BYTES, access);
  if (linear & 15) generalProtection();
  if (access === 'read') cpu.mmu.linear.probeRead(linear, BYTES);
  else cpu.mmu.linear.probeWrite(linear, BYTES);
  return linear;
};

const fxsave: HostInstruction = (cpu, instruction) => {
  const linear = image(cpu, instruction, 'write');
  const { state } = cpu;
  const write = (at: number, value: number): void => cpu.mmu.linear.write32((linear + at) | 0, value);
  let full = 0;
  for (let index = 0; index < REGISTERS; index++) {
    if (!isEmpty(state, index)) full |= 1 << physical(state, index);
  }
  write(IMAGE.control, state.get(STATE.fpuControl) | (state.get(STATE.fpuStatus) << 16));
  write(IMAGE.tag, full | ((state.get(STATE.fpuOpcode) & 0x7ff) << 16));
  for (const [at, word] of POINTERS) write(at, state.get(word));
  write(IMAGE.mxcsr, state.get(STATE.mxcsr));
  write(IMAGE.mxcsrMask, MXCSR.writable);
  for (let index = 0; index < REGISTERS; index++) {
    const from = STATE.fpu + 16 * physical(state, index);
    const at = IMAGE.registers + 16 * index;
    write(at, state.get(from));
    write(at + 4, state.get(from + 4));
    write(at + 8, state.u16[(from + 8) >> 1]!);
    write(at + 12, 0);
  }
  for (let n = 0; n < XMM_WORDS; n++) write(IMAGE.xmm + 4 * n, state.get(STATE.xmm + 4 * n));
};

const fxrstor: HostInstruction = (cpu, instruction) => {
  const linear = image(cpu, instruction, 'read');
  const { state } = cpu;
  const read = (at: number): number => cpu.mmu.linear.read32((linear + at) | 0);
  const mxcsr = read(IMAGE.mxcsr);
  if (mxcsr & ~MXCSR.writable) generalProtection();
  const words = read(IMAGE.control);
  state.set(STATE.mxcsr, mxcsr);
  state.set(STATE.fpuControl, (words & CONTROL_WRITABLE) | CONTROL_RESERVED);
  state.set(STATE.fpuStatus, words >>> 16);
  const full = read(IMAGE.tag);
  let tag = 0;
  for (let n = 0; n < REGISTERS; n++) if (!((full >> n) & 1)) tag |= EMPTY << (2 * n);
  state.set(STATE.fpuTag, tag);
  state.set(STATE.fpuOpcode, (full >>> 16) & 0x7ff);
  for (const [at, word] of POINTERS) state.set(word, read(at));
  summarize(state);
  for (let index = 0; index < REGISTERS; index++) {
    const to = STATE.fpu + 16 * physical(state, index);
    const at = IMAGE.registers + 16 * index;
    state.set(to, read(at));
    state.set(to + 4, read(at + 4));
    state.u16[(to + 8) >> 1] = read(at + 8);
  }
  for (let n = 0; n < XMM_WORDS; n++) state.set(STATE.xmm + 4 * n, read(IMAGE.xmm + 4 * n));
};

export const FXSAVE: Readonly<Record<string, HostInstruction>> = { fxsave, fxrstor };

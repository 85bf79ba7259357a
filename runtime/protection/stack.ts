/**
 * A stack on which host instructions push and pop before anything is committed: SS as it is, or the stack of an
 * inner privilege level that delivery and call gates are about to switch to. ESP stays as it was until `commit`,
 * so that a fault on any item restarts the instruction cleanly. SDM vol. 1, 6.2.
 */
import { SS, STATE } from '../../translator/layout.ts';
import type { Cpu, LinearMemory } from '../cpu.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';
import { requireAlignment } from './alignment.ts';
import { ACCESS, withinLimit } from './descriptors.ts';

const ESP = 4;
/** A limit that no push needs checking against, as the state word holds it. */
const UNLIMITED = -1;

export class Stack {
  /** The stack pointer so far. */
  esp = 0;
  #memory!: LinearMemory;
  #base = 0;
  #limit = 0;
  #access = 0;
  /** Bits of ESP that take part: FFFF or all, from SS.B. */
  #mask = 0;
  /** Error code of #SS. */
  #code = 0;
  /** Present where alignment may be checked: not on the stacks of inner levels. */
  #checked: CpuState | undefined;

  /** The stack of SS:ESP, with the rights of the current CPL. */
  current(cpu: Cpu): this {
    const { state } = cpu;
    this.open(cpu.mmu.linear, state.segBase(SS), state.segLimit(SS) | 0, state.segAccess(SS), state.gpr(ESP), 0);
    this.#checked = state;
    return this;
  }

  /** Any stack: base linear, limit and access as segment caches hold them; `code` goes with #SS. */
  open(memory: LinearMemory, base: number, limit: number, access: number, esp: number, code: number): this {
    this.#memory = memory;
    this.#base = base;
    this.#limit = limit;
    this.#access = access;
    this.#mask = access & ACCESS.big ? -1 : 0xffff;
    this.#code = code;
    this.#checked = undefined;
    this.esp = esp;
    return this;
  }

  push(value: number, bits: 16 | 32): void {
    if (bits === 32) this.push32(value);
    else this.push16(value);
  }
  push32(value: number): void {
    const esp = this.#moved(-4);
    this.#memory.write32(this.#address(esp, 4), value);
    this.esp = esp;
  }
  push16(value: number): void {
    const esp = this.#moved(-2);
    this.#memory.write16(this.#address(esp, 2), value & 0xffff);
    this.esp = esp;
  }

  /** Unsigned for 16 bits, signed for 32. */
  pop(bits: 16 | 32): number {
    const value = this.peek(0, bits);
    this.esp = this.#moved(bits >> 3);
    return value;
  }
  /** The item `bytes` above the stack pointer. */
  peek(bytes: number, bits: 16 | 32): number {
    const address = this.#address(this.#moved(bytes), bits >> 3);
    return bits === 32 ? this.#memory.read32(address) : this.#memory.read16(address);
  }

  /** Moves the stack pointer up (or, negative, down) without touching memory. */
  release(bytes: number): void {
    this.esp = this.#moved(bytes);
  }
  /** Throws what a write of `bytes` at the stack pointer would throw, aligned as for `alignment` bytes. */
  probe(bytes: number, alignment: number): void {
    const linear = this.#address(this.esp, bytes);
    if (this.#checked) requireAlignment(this.#checked, linear, alignment);
    this.#memory.probeWrite(linear, bytes);
  }

  /** Makes the stack pointer the CPU's. */
  commit(state: CpuState): void {
    state.setGpr(ESP, this.esp);
  }

  /** The stack pointer moved; with a 16-bit stack the upper half of ESP stays. */
  #moved(bytes: number): number {
    return (this.esp & ~this.#mask) | ((this.esp + bytes) & this.#mask);
  }
  #address(esp: number, bytes: number): number {
    const offset = (esp & this.#mask) >>> 0;
    if (this.#limit !== UNLIMITED || this.#access & ACCESS.expandDown) {
      if (!withinLimit(this.#limit >>> 0, this.#access, offset, bytes)) throw new GuestFault(VECTOR.SS, this.#code);
    }
    const linear = (this.#base + offset) | 0;
    if (this.#checked) requireAlignment(this.#checked, linear, bytes);
    return linear;
  }
}

/** Bits of the stack pointer in force: FFFF or all. */
const stackMask = (state: CpuState): number => (state.segAccess(SS) & ACCESS.big ? -1 : 0xffff);

/** Writes the part of ESP that the stack segment's size uses; SS must already be the new one. */
export const setStackPointer = (state: CpuState, value: number): void => {
  const mask = stackMask(state);
  state.set(STATE.gpr + ESP * 4, (state.gpr(ESP) & ~mask) | (value & mask));
};

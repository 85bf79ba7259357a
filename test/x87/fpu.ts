/** The x87 functions in a small module with a memory of its own, callable one by one. */
import type { Cpu, LinearMemory } from '../../runtime/cpu.ts';
import { CpuState } from '../../runtime/state.ts';
import { X87 } from '../../runtime/x87/index.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';
import { DS, RAM, STATE } from '../../translator/layout.ts';
import { ModuleBuilder } from '../../translator/wasm/module.ts';
import { defineX87 } from '../../translator/x87/index.ts';
import { RESULT } from '../../translator/x87/words.ts';

export interface Extended {
  readonly significand: bigint;
  readonly signExponent: number;
}

/** Parses 20 hex digits: sign and exponent, then significand. */
export const extended = (hex: string): Extended => ({
  signExponent: Number.parseInt(hex.slice(0, 4), 16),
  significand: BigInt(`0x${hex.slice(4)}`),
});
export const hexOf = ({ significand, signExponent }: Extended): string =>
  (signExponent.toString(16).padStart(4, '0') + significand.toString(16).padStart(16, '0')).toUpperCase();

const CR0_PE = 0x01;
const CR0_NE = 0x20;

/** Guest memory without paging. */
const linearMemory = (memory: WebAssembly.Memory): LinearMemory => {
  const view = new DataView(memory.buffer, RAM);
  const linear: LinearMemory = {
    read8: (at) => view.getUint8(at),
    read16: (at) => view.getUint16(at, true),
    read32: (at) => view.getInt32(at, true),
    write8: (at, value) => view.setUint8(at, value),
    write16: (at, value) => view.setUint16(at, value, true),
    write32: (at, value) => view.setInt32(at, value, true),
    probeRead: () => {},
    probeWrite: () => {},
    get system() {
      return linear;
    },
  };
  return linear;
};

type Functions = Record<string, (...args: (number | bigint)[]) => number | bigint>;

export class Fpu {
  readonly memory = new WebAssembly.Memory({ initial: RAM / 65536 + 1, maximum: 65536 });
  readonly view = new DataView(this.memory.buffer);
  readonly call: Functions;
  /** The same state for instructions executed in TypeScript: flat protected mode. */
  readonly state = new CpuState(this.memory, 65536);
  readonly cpu = { state: this.state, mmu: { linear: linearMemory(this.memory) } } as Cpu;

  constructor() {
    const builder = new ModuleBuilder();
    const callees = defineX87(builder);
    for (const [name, callee] of Object.entries(callees)) {
      const trampoline = `test_${name}`;
      builder.define(
        trampoline,
        callee.params,
        callee.result,
        (c, ...p) => {
          const value = c.call(callee, ...p.map((local) => c.get(local)));
          return callee.result ? value : undefined;
        },
        true,
      );
    }
    if (!builder.module.validate()) throw new Error('invalid module');
    const module = new WebAssembly.Module(builder.emit() as BufferSource);
    builder.dispose();
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.call = Object.fromEntries(Object.keys(callees).map((n) => [n, exports[`test_${n}`]])) as Functions;
    this.state.set(STATE.cr0, CR0_PE | CR0_NE);
    this.state.setSegment(DS, 0x10, 0, 0xffff_ffff, 0xc093);
    this.reset();
  }

  /** As after FNINIT, with this control word. */
  reset(control = 0x37f): void {
    this.view.setUint32(STATE.fpuControl, control, true);
    this.view.setUint32(STATE.fpuStatus, 0, true);
    this.view.setUint32(STATE.fpuTag, 0xffff, true);
  }

  get status(): number {
    return this.view.getUint32(STATE.fpuStatus, true);
  }

  get control(): number {
    return this.view.getUint32(STATE.fpuControl, true);
  }
  /** Bit n: physical register n is empty. */
  get empty(): number {
    const tag = this.view.getUint32(STATE.fpuTag, true);
    let empty = 0;
    for (let n = 0; n < 8; n++) if (((tag >> (2 * n)) & 3) === 3) empty |= 1 << n;
    return empty;
  }
  set(status: number, empty: number): void {
    this.view.setUint32(STATE.fpuStatus, status, true);
    let tag = 0;
    for (let n = 0; n < 8; n++) tag |= (empty >> n) & 1 ? 3 << (2 * n) : 0;
    this.view.setUint32(STATE.fpuTag, tag, true);
  }

  get top(): number {
    return (this.status >> 11) & 7;
  }
  /** What functions leave for memory. */
  get result(): bigint {
    return this.view.getBigUint64(RESULT, true);
  }

  get resultBytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer, RESULT, 16);
  }

  at(physical: number): number {
    return STATE.fpu + 16 * physical;
  }
  /** Register by physical number. */
  read(physical: number): Extended {
    const at = this.at(physical);
    return { significand: this.view.getBigUint64(at, true), signExponent: this.view.getUint16(at + 8, true) };
  }
  write(physical: number, value: Extended): void {
    this.view.setBigUint64(this.at(physical), value.significand, true);
    this.view.setUint16(this.at(physical) + 8, value.signExponent, true);
  }

  /** Guest memory: the operand of instructions executed in TypeScript lies at its start. */
  get operand(): DataView {
    return new DataView(this.memory.buffer, RAM, 256);
  }

  /** Executes an instruction of the runtime; a memory operand is `operand`. */
  host(name: string, opcode = 0xd9, operandSize: 16 | 32 = 32): void {
    const place = { base: -1, index: -1, scale: 0, displacement: 0, addressSize: 32, segment: DS };
    const instruction = { line: { opcode }, modrm: 0, length: 2, operandSize, ...place } as unknown as Instruction;
    X87[name]!(this.cpu, instruction);
  }
}

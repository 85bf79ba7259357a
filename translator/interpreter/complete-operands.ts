/** Operands in the complete interpreter: found at run time, in any mode, with any address size and every fault. */

import { type Line, writesOperand } from '../isa/line.ts';
import { OPERANDS } from '../isa/operands.ts';
import { DS, STATE } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import { storeMmx } from '../sse/mmx.ts';
import type { SystemFunctions } from '../system/index.ts';
import { VECTOR } from '../vectors.ts';
import type { Callee, Code, Local, Operand, Val } from '../wasm/code.ts';
import { vector } from '../wasm/vector.ts';
import { type CompleteHelpers, DEFAULT_SEGMENT, NEXT_POINTER, PREFIX } from './complete-memory.ts';
import { LINEAR } from './exits.ts';
import { type OpenOperands, OpenOps, registerAddress } from './open.ts';

/** What a handler returns instead of the host pointer to the next instruction. */
export const FAULTED = 0;
export const EIP_SET = 1;

/** In STATE.faultCode: the exception has no error code. */
const NO_CODE = -1;

/** What does whole instructions before the runtime is asked. */
export interface InstructionFunctions extends SystemFunctions {
  /** Instructions with REP, by the runtime's name: see defineRepetitions. */
  readonly repeated: Readonly<Record<string, Callee>>;
}

export interface Handler {
  c: Code;
  /** Host pointer to the opcode byte (the second one after 0F). */
  ip: Local;
  prefixes: Local;
  operands: OpenOperands;
  helpers: CompleteHelpers;
  helper: (name: string) => Callee;
  system: InstructionFunctions;
}

export abstract class CompleteOperands extends OpenOps {
  protected readonly h: Handler;
  /** Offset, segment and, once translated, linear address of the memory operand. */
  protected readonly offset: Local;
  protected readonly segment: Local;
  private readonly linear: Local;
  private translated = false;

  constructor(h: Handler, line: Line, operandSize: 16 | 32) {
    super(h.c, line, operandSize, h.operands);
    this.h = h;
    this.offset = h.c.newLocal();
    this.segment = h.c.newLocal();
    this.linear = h.c.newLocal();
  }

  /** Returns from the handler if the call just made has faulted. */
  protected checkFault(): void {
    this.c.if(this.c.geS(this.c.load(STATE.faultVector), 0), () => this.c.return(FAULTED));
  }

  protected hasModrmOperand(): boolean {
    return this.operands.modrm !== undefined;
  }
  protected isMemory(): Val {
    return this.c.ltU(this.c.get(this.operands.modrm!), 0xc0);
  }

  /** Finds the ModRM or moffs operand's offset, segment and the pointer behind it. */
  decodeOperands(): void {
    const { c, h } = this;
    const kinds = this.line.operands.map((k) => OPERANDS[k].place);
    const after = this.operands.after;
    c.set(after, c.add(c.get(h.ip), this.hasModrmOperand() ? 2 : 1));
    if (kinds.includes('moffs')) {
      c.set(this.offset, c.load(c.get(after)));
      const address16 = c.keep(c.and(c.get(h.prefixes), PREFIX.address16));
      c.set(this.offset, c.select(address16, c.and(c.get(this.offset), 0xffff), c.get(this.offset)));
      c.set(after, c.add(c.get(after), c.select(address16, 2, 4)));
      c.set(this.segment, this.dataSegment());
      return;
    }
    if (!this.hasModrmOperand()) return;
    c.if(this.isMemory(), () => {
      c.set(this.offset, c.call(h.helpers.address, c.add(c.get(h.ip), 1), c.get(h.prefixes)));
      c.set(after, c.load(NEXT_POINTER));
      c.set(this.segment, c.load(DEFAULT_SEGMENT));
    });
  }

  /** DS, or what a prefix says. */
  protected dataSegment(): Val {
    const override = this.c.keep(this.c.and(this.c.get(this.h.prefixes), PREFIX.segment));
    return this.c.select(override, this.c.sub(override, 1), DS);
  }

  protected opcode(): Val {
    return this.c.load(this.c.get(this.h.ip), 8);
  }

  /** Translates memory operand k once; `write` probes that all of it can be written. */
  private translate(operand: number, write: boolean): void {
    if (this.translated) return;
    const { c, h } = this;
    const bytes = this.widthOf(operand) / 8;
    const { aligned } = this.info(operand);
    const access = (write ? LINEAR.write : 0) | (aligned ? LINEAR.alignedAnyway : 0);
    c.set(this.linear, c.call(h.helpers.linear, c.get(this.segment), c.get(this.offset), bytes, access));
    this.checkFault();
    if (aligned) this.raiseIf(c.and(c.get(this.linear), bytes - 1), VECTOR.GP, 0);
    if (write) {
      c.call(h.helpers.imports['probe']!, c.get(this.linear), bytes);
      this.checkFault();
    }
  }

  private info(operand: number) {
    return OPERANDS[this.line.operands[operand]!];
  }
  private place(operand: number) {
    return this.info(operand).place;
  }
  private writes(operand: number): boolean {
    return operand === 0 && writesOperand(this.line);
  }
  private rmRegister(width: Width): Val {
    return registerAddress(this.c, this.c.copy(this.c.and(this.c.get(this.operands.modrm!), 7)), width);
  }

  protected getMemory(operand: number, width: Width): Val {
    const { c, h } = this;
    const value = c.newLocal();
    const fromMemory = () => {
      this.translate(operand, this.writes(operand));
      c.set(value, c.call(h.helpers.load[width], c.get(this.linear)));
      this.checkFault();
    };
    if (this.place(operand) !== 'rm') fromMemory();
    else c.if(this.isMemory(), fromMemory, () => c.set(value, c.load(this.rmRegister(width), width)));
    if (this.writes(operand)) this.translated = true;
    return c.get(value);
  }

  protected setMemory(operand: number, width: Width, value: Operand): void {
    const { c, h } = this;
    const v = c.keep(value);
    const toMemory = () => {
      this.translate(operand, true);
      c.call(h.helpers.store[width], c.get(this.linear), v);
      this.checkFault();
    };
    if (this.place(operand) !== 'rm') toMemory();
    else c.if(this.isMemory(), toMemory, () => c.store(this.rmRegister(width), v, width));
  }

  get64(operand: number): Val {
    this.translate(operand, false);
    return this.load64();
  }
  private load64(): Val {
    const { c, h } = this;
    const low = c.extend64U(c.call(h.helpers.load[32], c.get(this.linear)));
    const kept = c.keep(low);
    this.checkFault();
    const high = c.call(h.helpers.load[32], c.add(c.get(this.linear), 4));
    this.checkFault();
    return c.keep(c.op2('i64', 'or', kept, c.op2('i64', 'shl', c.extend64U(high), 32)));
  }

  set64(operand: number, value: Val): void {
    const v = this.c.keep(value);
    this.translate(operand, true);
    this.store64(v);
  }
  private store64(value: Val): void {
    const { c, h } = this;
    const v = c.keep(value);
    c.call(h.helpers.store[32], c.get(this.linear), c.wrap(v));
    c.call(h.helpers.store[32], c.add(c.get(this.linear), 4), c.wrap(c.op2('i64', 'shr_u', v, 32)));
  }

  // ---- MMX and XMM registers ----------------------------------------------------------------------------------

  /** Host address of operand k, which is a register of 64 or 128 bits: all are 16 bytes apart. */
  private vectorRegister(operand: number): Val {
    const { c } = this;
    const place = this.place(operand);
    const modrm = c.get(this.operands.modrm!);
    const inReg = place === 'mmx' || place === 'xmm';
    const offset = c.and(inReg ? c.shl(modrm, 1) : c.shl(modrm, 4), 0x70);
    return c.add(offset, place.startsWith('mmx') ? STATE.fpu : STATE.xmm);
  }
  /** Builds what a memory operand needs, or what a register needs; chosen at run time where ModRM says. */
  private byPlace(operand: number, memory: () => void, register: () => void): void {
    const place = this.place(operand);
    if (place === 'memory') memory();
    else if (place === 'mmxRm' || place === 'xmmRm') this.c.if(this.isMemory(), memory, register);
    else register();
  }
  private loadVector(bits: number): Val {
    const { c, h } = this;
    if (bits === 128) return c.call(h.helpers.load128, c.get(this.linear));
    const v = vector(c);
    const low = bits === 32 ? c.call(h.helpers.load[32], c.get(this.linear)) : this.load64();
    return v.replaceLane(bits === 32 ? 'i32x4' : 'i64x2', v.zero(), 0, low);
  }
  getVector(operand: number): Val {
    const { c } = this;
    const v = vector(c);
    const value = c.newLocal('v128');
    this.byPlace(
      operand,
      () => {
        this.translate(operand, false);
        c.set(value, c.keep(this.loadVector(this.widthOf(operand))));
        this.checkFault();
      },
      () => c.set(value, v.load(this.vectorRegister(operand), this.place(operand).startsWith('mmx') ? 64 : 128)),
    );
    return c.get(value);
  }
  setVector(operand: number, value: Val): void {
    const { c, h } = this;
    const v = vector(c);
    const kept = c.keep(value);
    const bits: number = this.widthOf(operand);
    this.byPlace(
      operand,
      () => {
        this.translate(operand, true);
        if (bits === 128) c.call(h.helpers.store128, c.get(this.linear), kept);
        else if (bits === 32) c.call(h.helpers.store[32], c.get(this.linear), v.lane('i32x4', kept, 0));
        else this.store64(v.lane('i64x2', kept, 0));
        this.checkFault();
      },
      () => {
        const at = this.vectorRegister(operand);
        if (this.place(operand).startsWith('xmm')) v.store(at, kept, 128);
        else storeMmx(c, c.keep(at), kept);
      },
    );
  }

  openForWriting(operand: number): void {
    this.translate(operand, true);
    this.translated = true;
  }
  getExponent(operand: number): Val {
    const { c, h } = this;
    this.translate(operand, false);
    const value = c.call(h.helpers.load[16], c.add(c.get(this.linear), 8));
    this.checkFault();
    return value;
  }
  setExponent(operand: number, value: Val): void {
    const { c, h } = this;
    const v = c.keep(value);
    this.translate(operand, true);
    c.call(h.helpers.store[16], c.add(c.get(this.linear), 8), v);
  }
  stackIndex(operand: number): Val {
    if (this.line.operands[operand] === 'ST0') return this.c.const(0);
    return this.c.and(this.c.get(this.operands.modrm!), 7);
  }
  address(): Val {
    return this.c.get(this.offset);
  }
  ifMemory(_operand: number, memory: () => void, register: () => void): void {
    this.c.if(this.isMemory(), memory, register);
  }
  displace(_operand: number, bytes: Val): void {
    const { c, h } = this;
    const moved = c.copy(c.add(c.get(this.offset), bytes));
    const address16 = c.and(c.get(h.prefixes), PREFIX.address16);
    c.set(this.offset, c.select(address16, c.and(moved, 0xffff), moved));
  }
  raiseIf(condition: Val, vector: Operand, code = NO_CODE): void {
    this.c.if(condition, () => {
      this.c.store(STATE.faultVector, vector);
      this.c.store(STATE.faultCode, code);
      this.c.return(FAULTED);
    });
  }
}

/**
 * The open binding, common part: operands are found at run time, in registers that live in memory. Registers
 * are addressed as host memory, so a register operand and a memory operand are both "a host address".
 */
import { conditionOf, type FlagSource } from '../flags.ts';
import type { Line } from '../isa/line.ts';
import { type LaneKind, OPERANDS, widthIn } from '../isa/operands.ts';
import { STATE } from '../layout.ts';
import type { Ops, Width } from '../semantics/ops.ts';
import { ifDenormal, KINDS, type Kind, topOf } from '../semantics/simd-usual.ts';
import type { Refusal } from '../semantics/vector-operations.ts';
import { unusualControl, usualExponents } from '../sse/words.ts';
import type { Callee, Code, Local, Operand, Val } from '../wasm/code.ts';
import { vector } from '../wasm/vector.ts';

/** Where the operands of the instruction at hand are: set up by the decoding part of an arm. */
export interface OpenOperands {
  /** ModRM byte. */
  modrm?: Local;
  /** Host pointer to the byte after ModRM, SIB and displacement: immediates start here. */
  after: Local;
}

/** Host address of a register of the given width by its encoding (a value 0-7, kept). */
export const registerAddress = (c: Code, encoding: Val, width: Width): Val => {
  if (width !== 8) return c.shl(encoding, 2);
  return c.add(c.shl(c.and(encoding, 3), 2), c.shrU(encoding, 2));
};

/** Host address of a register whose encoding is known. */
const fixedRegister = (encoding: number, width: Width): number =>
  STATE.gpr + (width === 8 ? (encoding & 3) * 4 + (encoding >> 2) : encoding * 4);

export abstract class OpenOps implements Ops {
  readonly c: Code;
  readonly line: Line;
  readonly operandSize: 16 | 32;
  readonly size: Width;
  readonly conditionCode: number;
  protected readonly operands: OpenOperands;
  /** Low lanes of XMM registers that have been read. */
  private readonly lows: { readonly kind: Kind; readonly low: Val }[] = [];

  constructor(c: Code, line: Line, operandSize: 16 | 32, operands: OpenOperands) {
    this.c = c;
    this.line = line;
    this.operandSize = operandSize;
    this.operands = operands;
    this.conditionCode = line.condition;
    this.size = line.operands.length ? this.widthOf(0) : operandSize;
  }

  widthOf(operand: number): Width {
    return (widthIn(this.line.operands[operand]!, this.operandSize) || this.operandSize) as Width;
  }

  /** Offset in bytes of operand k's immediate from the first immediate byte. */
  private immediateOffset(operand: number): number {
    let offset = 0;
    for (let k = 0; k < operand; k++) offset += this.streamBits(k) / 8;
    return offset;
  }
  private streamBits(operand: number): number {
    const { stream } = OPERANDS[this.line.operands[operand]!];
    return stream === undefined ? 0 : stream === 'v' ? this.operandSize : stream;
  }
  /** Bytes of immediates that follow ModRM and displacement. */
  protected immediateBytes(): number {
    return this.immediateOffset(this.line.operands.length);
  }

  get(operand: number): Val {
    const { c } = this;
    const kind = this.line.operands[operand]!;
    const info = OPERANDS[kind];
    const width = this.widthOf(operand);
    switch (info.place) {
      case 'immediate':
      case 'relative': {
        const bits = this.streamBits(operand);
        const at = c.get(this.operands.after);
        const raw = c.load(at, bits, this.immediateOffset(operand));
        const extended = bits < width ? c.zeroExtend(c.signExtend(raw, bits), width) : raw;
        return c.keep(extended);
      }
      case 'constant':
        return c.const(info.value!);
      case 'rm':
      case 'memory':
      case 'moffs':
        return this.getMemory(operand, width);
      case 'source':
      case 'destination':
        return this.getString(info.place, width);
      default:
        return c.keep(c.load(this.registerOperand(operand, width), width));
    }
  }

  set(operand: number, value: Operand): void {
    const width = this.widthOf(operand);
    const { place } = OPERANDS[this.line.operands[operand]!];
    if (place === 'destination') this.setString(width, value);
    else if (place === 'rm' || place === 'memory' || place === 'moffs') this.setMemory(operand, width, value);
    else this.c.store(this.registerOperand(operand, width), value, width);
  }

  /** ModRM byte, of an instruction that has one. */
  protected modrm(): Val {
    return this.c.get(this.operands.modrm!);
  }

  /** Host address of an operand that is certainly a register. */
  private registerOperand(operand: number, width: Width): Operand {
    const { c } = this;
    const info = OPERANDS[this.line.operands[operand]!];
    if (info.place === 'fixed') return fixedRegister(info.value!, width);
    if (info.place === 'opcode') return registerAddress(c, c.keep(c.and(this.opcode(), 7)), width);
    if (info.place !== 'reg') throw new Error(`no register operand: ${this.line.mnemonic} ${operand}`);
    const modrm = this.modrm();
    if (width !== 8) return c.and(c.shrU(modrm, 1), 0x1c);
    return c.add(c.and(c.shrU(modrm, 1), 0xc), c.and(c.shrU(modrm, 5), 1));
  }

  segmentNumber(operand: number): Val {
    const { c } = this;
    const { place, value } = OPERANDS[this.line.operands[operand]!];
    return place === 'fixedSegment' ? c.const(value!) : c.copy(c.and(c.shrU(c.get(this.operands.modrm!), 3), 7));
  }
  /** The runtime has the whole instruction. */
  timestamp(): never {
    throw new Error(`${this.line.mnemonic} is left to the runtime`);
  }
  /** The interpreters look at the mode whenever it matters. */
  modeMayHaveChanged(): void {}

  reg(index: number, width: Width = 32): Val {
    return this.c.keep(this.c.load(fixedRegister(index, width), width));
  }
  setReg(index: number, value: Operand, width: Width = 32): void {
    this.c.store(fixedRegister(index, width), value, width);
  }

  // Flags live in their four words.
  flags(): FlagSource {
    const { c } = this;
    return {
      kind: 'words',
      bits: 32,
      carryA: () => c.load(STATE.flagCarryA),
      carryB: () => c.load(STATE.flagCarryB),
      result: () => c.load(STATE.flagResult),
      parity: () => c.load(STATE.flagParity),
    };
  }
  define(source: FlagSource): void {
    const { c } = this;
    const storeCarry = this.carryWords(source);
    if (!source.carryOnly) {
      const result = c.keep(source.result());
      const parity = c.keep(source.parity());
      c.store(STATE.flagResult, result);
      c.store(STATE.flagParity, parity);
    }
    storeCarry();
  }
  /** Reads what the two carry words are made of, all before anything is written; gives what stores them. */
  private carryWords(source: FlagSource): () => void {
    const { c } = this;
    const known = source.known?.();
    if (known) {
      // Two words at once from a table: cheaper than to work both out from the flags.
      const index = c.add(known.carry, c.shl(known.overflow, 1));
      const pair = c.keep(c.loadAs('i64', c.shl(index, 3), STATE.carryPairs));
      return () => c.storeAs('i64', STATE.flagCarryA, pair);
    }
    const a = c.keep(source.carryA());
    const b = c.keep(source.carryB());
    if (a.constant === 0 && b.constant === 0) return () => c.storeAs('i64', STATE.flagCarryA, c.const64(0n));
    return () => {
      c.store(STATE.flagCarryA, a);
      c.store(STATE.flagCarryB, b);
    };
  }
  condition(cc: number): Val {
    return conditionOf(this.c, this.flags(), cc);
  }
  when(condition: Val, body: () => void): void {
    this.c.if(condition, body);
  }
  systemFlags(): Val {
    return this.c.load(STATE.eflags);
  }
  setSystemFlags(value: Operand): void {
    this.c.store(STATE.eflags, value);
  }

  callRelative(operand: number): void {
    const target = this.c.keep(this.relativeTarget(operand));
    this.push(this.nextEip(), this.operandSize);
    this.jump(target);
  }

  /** EIP that a relative operand leads to. */
  protected relativeTarget(operand: number): Val {
    const relative = this.c.signExtend(this.get(operand), this.operandSize);
    return this.c.zeroExtend(this.c.add(this.nextEip(), relative), this.operandSize);
  }

  /** The opcode byte. */
  protected abstract opcode(): Val;
  protected abstract getMemory(operand: number, width: Width): Val;
  /** What ESI or EDI points at. */
  protected abstract getString(place: 'source' | 'destination', width: Width): Val;
  protected abstract setString(width: Width, value: Operand): void;
  abstract advance(register: number, bytes: Val): void;
  protected abstract setMemory(operand: number, width: Width, value: Operand): void;
  abstract get64(operand: number): Val;
  abstract set64(operand: number, value: Val): void;
  abstract getVector(operand: number): Val;
  abstract setVector(operand: number, value: Val): void;
  abstract require(mode: number, refusals: readonly Refusal[]): void;
  mxcsr(): Val {
    return this.c.load(STATE.mxcsr);
  }
  setMxcsr(value: Val): void {
    this.c.store(STATE.mxcsr, value);
  }
  unusualControl(): Val {
    return this.c.keep(unusualControl(this.c));
  }
  getLow(operand: number, kind: LaneKind): Val {
    const low = this.c.keep(vector(this.c).lane(KINDS[kind].shape, this.getVector(operand), 0));
    this.lows.push({ kind: KINDS[kind], low });
    return low;
  }
  setLow(kind: LaneKind, value: Val): void {
    const low = this.c.keep(value);
    this.setVector(0, vector(this.c).replaceLane(KINDS[kind].shape, this.getVector(0), 0, low));
  }
  moveVector(): void {
    this.setVector(0, this.getVector(1));
  }
  clearIfSame(): boolean {
    return false;
  }
  usualExponents(): Val {
    const { c } = this;
    const denormal = c.newLocal();
    c.set(denormal, c.const(0));
    for (const { kind, low } of this.lows) {
      ifDenormal(c, kind, topOf(c, kind, low), low, () => c.set(denormal, c.const(1)));
    }
    return c.keep(usualExponents(c, c.get(denormal)));
  }
  askAgain(): void {}
  abstract openForWriting(operand: number): void;
  abstract getExponent(operand: number): Val;
  abstract setExponent(operand: number, value: Val): void;
  abstract recordPointers(): void;
  callFpu(callee: Callee, ...args: Operand[]): Val {
    return this.c.call(callee, ...args);
  }
  withFpuInMemory(body: () => void): void {
    body();
  }
  abstract stackIndex(operand: number): Val;
  abstract mode(bits: number): Val;
  abstract address(operand: number): Val;
  abstract ifMemory(operand: number, memory: () => void, register: () => void): void;
  abstract displace(operand: number, bytes: Val): void;
  abstract push(value: Operand, bits: 16 | 32): void;
  abstract top(bits: 16 | 32): Val;
  abstract release(bytes: Operand): void;
  abstract setStackPointer(value: Operand): void;
  abstract loadStack(offset: Val, bits: 16 | 32): Val;
  abstract loadData(offset: Val, bits: Width): Val;
  abstract nextEip(): Val;
  abstract jump(target: Val): void;
  abstract jumpRelative(operand: number): void;
  abstract branchRelative(operand: number, condition: Val): void;
  abstract jumpIndirect(target: Val, kind: 'jump' | 'call' | 'return'): void;
  abstract raiseIf(condition: Val, vector: Operand, code?: number): void;
  abstract slowIf(condition: Val): void;
  abstract fuelEnds(): Val;
  abstract counter(): Val;
  abstract setCounter(value: Val): void;
  abstract host(): void;
  abstract helper(name: string): Callee;
}

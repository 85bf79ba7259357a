/**
 * The x87 FPU in wasm locals while a region runs. TOP is not known when a region is made, but where it is relative to
 * `base`, TOP at the region's entry, is: `depth` follows each push and pop while the code is built. So ST(i) is
 * a local that is known, and only loads and stores must look where in the register file it lies. A register is a pair
 * (x87/pair.ts), or its high part is a NaN: then nothing is in locals, and memory is right.
 */
import { CS, SEG_SELECTOR, STATE, segment } from '../layout.ts';
import type { Callee, Code, Local, Type, Val } from '../wasm/code.ts';
import { floats, ORDINARY, type Pair } from '../x87/pair.ts';
import { PAIR_LOW } from '../x87/pair-functions.ts';
import { C1_SHIFT, CONDITION, CONTROL_FAST, CONTROL_FAST_MASK, EXCEPTION, STATUS, TOP_SHIFT } from '../x87/words.ts';
import type { FpuKnowledge } from './fpu-knowledge.ts';

const REGISTERS = 8;
const REGISTER_SHIFT = 4;
/** What the status word holds besides TOP and what instructions write anew. */
const STICKY = 0xffff & ~(STATUS.TOP | STATUS.C1 | CONDITION);
/** One bit of each two of the tag word. */
const TAGS = 0x5555;
const tagOf = (number: number): number => 1 << (2 * number);
const tagsOf = (numbers: readonly number[]): number => numbers.reduce((tags, number) => tags | tagOf(number), 0);
/** Bits that the FPU takes in the masks of words. */
export const FPU_WORDS = REGISTERS + 3;

/** Registers whose tags change, in the bits of FpuState.empty. */
interface Tags {
  readonly emptied: number;
  readonly filled: number;
}
const NO_TAGS: Tags = { emptied: 0, filled: 0 };

export class FpuState {
  /** TOP − base, modulo 8, before the instruction at hand. */
  depth = 0;
  /** Bit of status and tags in masks of words; of the address of the last instruction; of that of its operand. */
  readonly status: number;
  readonly instruction: number;
  readonly operand: number;
  /** Registers, status and tags. */
  readonly file: number;
  /** FpuRegisters.limit. */
  readonly limit: Local;
  /** Exception flags, SF, ES and B; then C0, C2 and C3; PE where `lost` is not 0. */
  readonly sticky: Local;
  readonly condition: Local;
  readonly lost: Local;
  /** C1 is set where these have one sign: what the last rounding added, 0 for nothing, and its result. */
  readonly gained: Local;
  readonly result: Local;
  /** Registers that have become empty, or full, since the local `empty` was written. */
  tags: Tags = NO_TAGS;
  /** Bit 2k set where register k (counted from base) is empty. */
  private readonly empty: Local;
  private readonly c: Code;
  private readonly base: Local;
  private readonly temporary: Local;
  private readonly first: number;
  private readonly highs: Local[];
  private readonly lows: Local[];
  private readonly helper: (name: string) => Callee;
  /** Last instruction and operand: offsets, opcode, and where their selectors are. */
  private readonly pointers: Record<'ip' | 'cs' | 'opcode' | 'dp' | 'ds', Local>;

  /** `first`: the lowest of FPU_WORDS bits. */
  constructor(c: Code, first: number, helper: (name: string) => Callee) {
    // Never `fresh`: code that is built later writes them first.
    const local = (name: string, type: Type = 'i32'): Local => {
      const made = c.namedLocal(name, type);
      made.fresh = false;
      return made;
    };
    const each = (name: string, type: Type): Local[] =>
      Array.from({ length: REGISTERS }, (_, k) => local(`${name}${k}`, type));
    this.c = c;
    this.helper = helper;
    this.first = first;
    this.status = first << REGISTERS;
    this.file = (this.status << 1) - first;
    this.instruction = this.status << 1;
    this.operand = this.status << 2;
    this.base = local('fpuBase');
    this.temporary = local('fpuTemporary');
    this.limit = local('fpuLimit', 'i64');
    this.sticky = local('fpuSticky');
    this.condition = local('fpuCondition');
    this.lost = local('fpuLost', 'i64');
    this.gained = local('fpuGained', 'f64');
    this.result = local('fpuResult', 'f64');
    this.empty = local('fpuEmpty');
    this.highs = each('high', 'f64');
    this.lows = each('low', 'f64');
    this.pointers = {
      ip: local('fpuIp'),
      cs: local('fpuCs'),
      opcode: local('fpuOpcode'),
      dp: local('fpuDp'),
      ds: local('fpuDs'),
    };
  }

  /** A block begins where the stack is `depth` deep. */
  begin(depth: number): void {
    this.depth = depth;
    this.tags = NO_TAGS;
  }
  /** Number of ST(i), counted from base. */
  number(i: number): number {
    return (this.depth + i) & (REGISTERS - 1);
  }
  /** Its bit in masks of words. */
  word(number: number): number {
    return this.first << number;
  }
  register(number: number): Omit<Pair, 'isDouble'> {
    const { c } = this;
    return { high: c.get(this.highs[number]!), low: c.get(this.lows[number]!) };
  }
  setRegister(number: number, { high, low }: Pair): void {
    const { c } = this;
    c.set(this.highs[number]!, high);
    c.set(this.lows[number]!, low);
  }

  /** Non-zero where a register is empty. */
  isEmpty(number: number): Val {
    const { c, tags } = this;
    const tag = tagOf(number);
    if ((tags.emptied | tags.filled) & tag) return c.const(tags.emptied & tag);
    return c.and(c.get(this.empty), tag);
  }
  setEmpty(number: number, isEmpty: boolean): void {
    const { emptied, filled } = this.tags;
    const tag = tagOf(number);
    this.tags = isEmpty
      ? { emptied: emptied | tag, filled: filled & ~tag }
      : { emptied: emptied & ~tag, filled: filled | tag };
  }
  /** Writes tags that have changed to where they are stored from. */
  settleTags(): void {
    this.putTags();
    this.tags = NO_TAGS;
  }
  /** The same on a way that does not come back. */
  putTags(): void {
    const { c, tags } = this;
    const { emptied, filled } = tags;
    if (emptied | filled) c.set(this.empty, c.or(c.and(c.get(this.empty), ~filled), emptied));
  }

  /** Words that what is known of registers is about. */
  wordsOf(known: FpuKnowledge): number {
    const registers = known.fullOnes.reduce((words, number) => words | this.word(number), 0);
    return registers || known.quiet || known.emptyOnes.length > 0 ? registers | this.status : 0;
  }
  /** Behind loads: builds conditions of which one holds where that is not known. */
  lookAt(known: FpuKnowledge, refuseIf: (condition: Val) => void): void {
    const { c } = this;
    if (known.quiet) refuseIf(c.and(c.get(this.sticky), STATUS.ES));
    const empty = tagsOf(known.emptyOnes);
    const tags = tagsOf(known.fullOnes) | empty;
    if (tags) refuseIf(c.xor(c.and(c.get(this.empty), tags), empty));
    for (const number of known.fullOnes) {
      const { high, low } = this.register(number);
      refuseIf(c.op2('f64', 'ne', high, high));
      if (known.isDouble(number)) refuseIf(c.op2('f64', 'ne', low, floats(c).const(0)));
    }
  }

  setInstruction(eip: number, opcode: number): void {
    const { c, pointers } = this;
    c.set(pointers.ip, eip);
    c.set(pointers.cs, segment(CS) + SEG_SELECTOR);
    c.set(pointers.opcode, opcode);
  }
  setOperand(offset: Val, segmentNumber: number): void {
    const { c, pointers } = this;
    c.set(pointers.dp, offset);
    c.set(pointers.ds, segment(segmentNumber) + SEG_SELECTOR);
  }

  /** The status word. */
  statusWord(): Val {
    const { c } = this;
    const inexact = c.select(c.op2('i64', 'ne', c.get(this.lost), 0), c.const(EXCEPTION.PE), c.const(0));
    const gained = c.get(this.gained);
    const one = floats(c).const(1);
    const away = c.op2('f64', 'mul', c.op2('f64', 'copysign', one, c.get(this.result)), gained);
    const up = c.shl(c.op2('f64', 'gt', away, 0), C1_SHIFT);
    const top = c.and(c.shl(c.add(c.get(this.base), this.depth), TOP_SHIFT), STATUS.TOP);
    return c.or(c.or(c.or(c.get(this.sticky), inexact), c.or(c.get(this.condition), up)), top);
  }
  /** An exact function has been at the status word in memory, of which only what it sets is right: flags, and C1. */
  takeFlags(): void {
    const { c } = this;
    const status = c.copy(c.load(STATE.fpuStatus));
    c.set(this.sticky, c.or(c.get(this.sticky), c.and(status, STICKY)));
    this.setC1(status);
  }
  private setC1(status: Val): void {
    const { c } = this;
    c.set(this.gained, c.op1('f64', 'convert_u.i32', c.and(status, STATUS.C1)));
    c.set(this.result, floats(c).const(1));
  }

  // ---- where it comes from and goes to ------------------------------------------------------------------------

  private address(number: number): Val {
    const { c } = this;
    const at = c.and(c.add(c.get(this.base), number), REGISTERS - 1);
    return this.scratch(c.add(c.shl(at, REGISTER_SHIFT), STATE.fpu));
  }
  /** A value until the next one: in no local that others use, for loads and stores are put into finished code. */
  private scratch(value: Val): Val {
    this.c.set(this.temporary, value);
    return this.c.get(this.temporary);
  }

  load(words: number): void {
    const { c, pointers } = this;
    if (words & this.file) this.loadStatus();
    for (let k = 0; k < REGISTERS; k++) {
      if (!(words & this.word(k))) continue;
      this.fetch(k, this.highs[k]!, this.lows[k]!);
    }
    if (words & this.instruction) {
      c.set(pointers.ip, c.load(STATE.fpuIp));
      c.set(pointers.cs, STATE.fpuCs);
      c.set(pointers.opcode, c.load(STATE.fpuOpcode));
    }
    if (words & this.operand) {
      c.set(pointers.dp, c.load(STATE.fpuDp));
      c.set(pointers.ds, STATE.fpuDs);
    }
  }
  private loadStatus(): void {
    const { c } = this;
    const status = this.scratch(c.load(STATE.fpuStatus));
    c.set(this.base, c.and(c.sub(c.shrU(status, TOP_SHIFT), this.depth), REGISTERS - 1));
    c.set(this.sticky, c.and(status, STICKY));
    c.set(this.condition, c.and(status, CONDITION));
    this.setC1(status);
    const control = c.and(c.load(STATE.fpuControl), CONTROL_FAST_MASK);
    c.set(this.limit, c.select(c.eq(control, CONTROL_FAST), c.const64(BigInt(ORDINARY)), c.const64(0n)));
    c.set(this.lost, c.const64(0n));
    const tag = this.scratch(c.load(STATE.fpuTag));
    const empty = this.scratch(c.and(c.and(tag, c.shrU(tag, 1)), TAGS));
    const twice = c.or(empty, c.shl(empty, 16));
    c.set(this.empty, c.and(c.shrU(twice, c.shl(c.get(this.base), 1)), TAGS));
  }

  /** A register's pair from memory. */
  fetch(number: number, high: Local, low: Local): void {
    const { c } = this;
    const at = this.address(number);
    c.setToCall(high, this.helper('x87_pair'), c.loadAs('i64', at), c.load(at, 16, 8));
    c.set(low, c.loadAs('f64', c.const(PAIR_LOW)));
  }

  store(words: number): void {
    const { c, pointers } = this;
    for (let k = 0; k < REGISTERS; k++) {
      if (!(words & this.word(k))) continue;
      const at = this.address(k);
      const { high, low } = this.register(k);
      c.call(this.helper('x87_write_pair'), at, high, low);
    }
    if (words & this.status) {
      c.store(STATE.fpuStatus, this.statusWord());
      const both = c.mul(c.get(this.empty), 3);
      const placed = this.scratch(c.shl(both, c.shl(c.get(this.base), 1)));
      c.store(STATE.fpuTag, c.and(c.or(placed, c.shrU(placed, 16)), 0xffff));
    }
    if (words & this.instruction) {
      c.store(STATE.fpuIp, c.get(pointers.ip));
      c.store(STATE.fpuCs, c.load(c.get(pointers.cs)));
      c.store(STATE.fpuOpcode, c.get(pointers.opcode));
    }
    if (words & this.operand) {
      c.store(STATE.fpuDp, c.get(pointers.dp));
      c.store(STATE.fpuDs, c.load(c.get(pointers.ds)));
    }
  }
}

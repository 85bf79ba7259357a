/** What the usual ways of x87 instructions do with registers in a region: checks that a block needs once only. */
import { STATE } from '../layout.ts';
import type { FpuRegisters } from '../semantics/x87-operations.ts';
import type { Code, Val } from '../wasm/code.ts';
import { seldom } from '../x87/round.ts';
import type { Encoded } from '../x87/unpack.ts';
import { CONTROL_FAST, CONTROL_FAST_MASK, STATUS } from '../x87/words.ts';
import type { FpuState } from './fpu-state.ts';
import type { Frame } from './frame.ts';

/** What a block has found out about the FPU. Registers by their number, counted from FpuState's base. */
export interface FpuKnowledge {
  /** No exception is pending. */
  quiet: boolean;
  /** FpuState.unusual says what the control word asks for. */
  control: boolean;
  readonly full: Set<number>;
  readonly empty: Set<number>;
  /** Normal numbers, unless FpuState.unusual is set. */
  readonly normal: Set<number>;
}
export const nothingOfFpu = (): FpuKnowledge => ({
  quiet: false,
  control: false,
  full: new Set(),
  empty: new Set(),
  normal: new Set(),
});

export class RegionFpu implements FpuRegisters {
  private readonly c: Code;
  private readonly frame: Frame;
  private readonly state: FpuState;
  private readonly known: FpuKnowledge;
  private readonly leaveSlow: () => void;

  constructor(frame: Frame, known: FpuKnowledge, leaveSlow: () => void) {
    this.c = frame.c;
    this.frame = frame;
    this.state = frame.fpu;
    this.known = known;
    this.leaveSlow = leaveSlow;
  }

  leaveIf(condition: Val): void {
    this.c.if(seldom(this.c, condition), this.leaveSlow);
  }
  private emptyBit(number: number): Val {
    const { c, state } = this;
    this.frame.use(state.status);
    return c.and(c.get(state.empty), 1 << (2 * number));
  }
  private changed(words = 0): void {
    this.frame.define(this.state.status | words);
  }

  raisePending(): void {
    const { c, known, state } = this;
    this.frame.use(state.status);
    if (known.quiet) return;
    this.leaveIf(c.and(c.get(state.sticky), STATUS.ES));
    known.quiet = true;
  }

  read(i: number): Encoded {
    const { known, state } = this;
    const number = state.number(i);
    if (!known.full.has(number)) {
      this.leaveIf(this.emptyBit(number));
      known.full.add(number);
    }
    this.frame.use(state.word(number));
    return state.register(number);
  }
  copy(i: number): Encoded {
    const { significand, signExponent } = this.read(i);
    return { significand: this.c.copy(significand), signExponent: this.c.copy(signExponent) };
  }
  isNormal(i: number): boolean {
    return this.known.normal.has(this.state.number(i));
  }
  room(): void {
    const { c, known, state } = this;
    const number = state.number(-1);
    if (known.empty.has(number)) return;
    this.leaveIf(c.eqz(this.emptyBit(number)));
    known.empty.add(number);
  }

  write(i: number, value: Encoded, normal: boolean): void {
    const { c, known, state } = this;
    const number = state.number(i);
    state.setRegister(number, value);
    if (!known.full.has(number)) {
      this.frame.use(state.status);
      c.set(state.empty, c.and(c.get(state.empty), ~(1 << (2 * number))));
    }
    known.full.add(number);
    known.empty.delete(number);
    if (normal) known.normal.add(number);
    else known.normal.delete(number);
    this.changed(state.word(number));
  }
  push(value: Encoded, normal: boolean): void {
    this.state.depth = this.state.number(-1);
    this.write(0, value, normal);
    this.clearC1();
  }
  pop(): void {
    const { c, known, state } = this;
    const number = state.number(0);
    c.set(state.empty, c.or(c.get(state.empty), 1 << (2 * number)));
    known.full.delete(number);
    known.normal.delete(number);
    known.empty.add(number);
    state.depth = state.number(1);
    this.changed();
  }

  unusual(): Val {
    const { c, known, state } = this;
    if (!known.control) {
      c.set(state.unusual, c.xor(c.and(c.load(STATE.fpuControl), CONTROL_FAST_MASK), CONTROL_FAST));
      known.control = true;
    }
    return c.get(state.unusual);
  }
  distrust(word: Val): void {
    const { c, state } = this;
    c.set(state.unusual, c.or(c.get(state.unusual), word));
  }

  rounded(lost: Val, up: Val): void {
    const { c, state } = this;
    c.set(state.lost, c.op2('i64', 'or', c.get(state.lost), lost));
    c.set(state.up, up);
    this.changed();
  }
  clearC1(): void {
    this.c.set(this.state.up, this.c.const64(0n));
    this.changed();
  }
  setCondition(bits: Val): void {
    this.c.set(this.state.condition, bits);
    this.changed();
  }
  takeFlags(): void {
    this.state.takeFlags();
    this.changed();
  }
  statusWord(): Val {
    this.frame.use(this.state.status);
    return this.c.keep(this.state.statusWord());
  }
}

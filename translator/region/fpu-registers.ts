/** What the usual ways of x87 instructions do with registers in a region: checks that a block needs once only. */
import { STATE } from '../layout.ts';
import type { FpuRegisters } from '../semantics/x87-operations.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import { floats, type Pair, type RoundedPair } from '../x87/pair.ts';
import { seldom } from '../x87/round.ts';
import { CONDITION, STATUS } from '../x87/words.ts';
import type { FpuKnowledge } from './fpu-knowledge.ts';
import type { FpuState } from './fpu-state.ts';
import type { Frame } from './frame.ts';

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
    const { state } = this;
    this.frame.use(state.status);
    return state.isEmpty(number);
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

  read(i: number): Pair {
    const { c, known, state } = this;
    const number = state.number(i);
    this.frame.use(state.word(number));
    const parts = state.register(number);
    if (!known.isFull(number)) {
      this.leaveIf(this.emptyBit(number));
      // What is no pair is in memory alone: the interpreter has it.
      this.leaveIf(floats(c).ne(parts.high, parts.high));
      known.foundFull(number);
    }
    return { ...parts, isDouble: known.isDouble(number), identity: known.identity(number) };
  }
  copy(i: number): Pair {
    const value = this.read(i);
    return { ...value, high: this.c.copy(value.high), low: this.c.copy(value.low) };
  }
  room(): void {
    const { c, known, state } = this;
    const number = state.number(-1);
    if (known.isEmpty(number)) return;
    this.leaveIf(c.eqz(this.emptyBit(number)));
    known.foundEmpty(number);
  }

  write(i: number, value: Pair): void {
    const { known, state } = this;
    const number = state.number(i);
    state.setRegister(number, value);
    if (!known.isFull(number)) {
      this.frame.use(state.status);
      state.setEmpty(number, false);
    }
    known.written(number, value.isDouble, value.identity);
    this.changed(state.word(number));
  }
  push(value: Pair): void {
    this.state.depth = this.state.number(-1);
    this.write(0, value);
    this.clearC1();
  }
  pop(): void {
    const { known, state } = this;
    const number = state.number(0);
    state.setEmpty(number, true);
    known.emptied(number);
    state.depth = state.number(1);
    this.changed();
  }

  callOnTop(callee: Callee, operands: number, moves: number): void {
    const { c, frame, state } = this;
    if (moves < 0) this.room();
    let words = state.status;
    for (let i = 0; i < operands; i++) {
      this.read(i);
      words |= state.word(state.number(i));
    }
    frame.use(state.status);
    state.settleTags();
    state.store(words);
    // Whatever comes, memory has no longer what it had.
    this.changed(words);
    this.leaveIf(c.eqz(c.call(callee)));
    const results = (moves < 0 ? [0, -1] : [moves]).map((i) => {
      const [high, low] = [c.newLocal('f64'), c.newLocal('f64')];
      state.fetch(state.number(i), high, low);
      this.leaveIf(floats(c).ne(c.get(high), c.get(high)));
      return { high: c.get(high), low: c.get(low), isDouble: false };
    });
    if (moves > 0) this.pop();
    this.write(0, results[0]!);
    if (results[1]) this.push(results[1]);
    this.takeFlags();
    this.setCondition(c.and(c.load(STATE.fpuStatus), CONDITION));
  }

  limit(): Val {
    this.frame.use(this.state.status);
    return this.c.get(this.state.limit);
  }
  rounded({ high, gained }: Pick<RoundedPair, 'high' | 'gained'>): void {
    const { c, state } = this;
    c.set(state.lost, c.op2('i64', 'or', c.get(state.lost), floats(c).bits(gained)));
    c.set(state.gained, gained);
    c.set(state.result, high);
    this.changed();
  }
  clearC1(): void {
    this.c.set(this.state.gained, floats(this.c).const(0));
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

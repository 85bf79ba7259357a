/**
 * The closed binding: operands are known. Registers are locals of the region, constants fold, flags that nobody
 * reads vanish, and what cannot be done in line leaves the region at this instruction with nothing changed.
 */
import { conditionOf, type FlagSource } from '../flags.ts';
import { type Instruction, modOf, rmOf } from '../isa/instruction.ts';
import { MODE_KEY, STATE } from '../layout.ts';
import type { Ops, Width } from '../semantics/ops.ts';
import type { Callee, Operand, Val } from '../wasm/code.ts';
import type { Access } from './accesses.ts';
import type { RegionContext } from './context.ts';
import { flagWords, pendingFlags, putFlags, settleFlags } from './flag-words.ts';
import { FpuKnowledge } from './fpu-knowledge.ts';
import { RegionFpu } from './fpu-registers.ts';
import { RegionVectors } from './vectors.ts';

const ESP = 4;

export class ClosedOps extends RegionVectors implements Ops {
  readonly conditionCode: number;
  private readonly eip: number;
  /** Flags somebody reads after this instruction. */
  private readonly live: number;
  private current: FlagSource;
  private conditional = false;
  private isFpuInMemory = false;

  constructor(region: RegionContext, eip: number, instruction: Instruction, live: number, flags: FlagSource) {
    super(region, instruction);
    this.eip = eip;
    this.live = live;
    this.current = flags;
    this.conditionCode = instruction.line.condition;
  }

  // ---- x87 --------------------------------------------------------------------------------------------------

  get fpu(): RegionFpu | undefined {
    if (this.isFpuInMemory) return undefined;
    return new RegionFpu(this.frame, this.r.established.fpu, () => this.r.leaveSlow());
  }
  withFpuInMemory(body: () => void): void {
    this.frame.withFpuInMemory(() => {
      this.isFpuInMemory = true;
      body();
      this.isFpuInMemory = false;
    });
    this.r.established.fpu = new FpuKnowledge();
  }
  callFpu(callee: Callee, ...args: Operand[]): Val {
    let result: Val | undefined;
    this.withFpuInMemory(() => {
      result = this.c.call(callee, ...args);
    });
    return result!;
  }
  recordPointers(): void {
    const { frame, i } = this;
    const { fpu } = frame;
    fpu.setInstruction(this.eip, ((i.line.opcode & 7) << 8) | i.modrm);
    frame.define(fpu.instruction);
    if (modOf(i.modrm) === 3) return;
    fpu.setOperand(this.address(), i.segment);
    frame.define(fpu.operand);
  }
  stackIndex(operand: number): Val {
    return this.c.const(this.i.line.operands[operand] === 'ST0' ? 0 : rmOf(this.i.modrm));
  }

  // ---- stack ------------------------------------------------------------------------------------------------

  /** An access to the stack, `distance` bytes from where ESP is now. */
  private onStack(distance: number, bits: Width, write: boolean): Access {
    const { c, frame } = this;
    const bytes = bits / 8;
    const linear = () => c.add(frame.register(ESP), distance);
    return { linear, bytes, write, window: frame.windowOnStack(distance, bytes, write) };
  }

  push(value: Operand, bits: 16 | 32): void {
    const { c } = this;
    this.accesses.store(this.onStack(-bits / 8, bits, true), c.keep(value), bits);
    this.moveStack(-bits / 8);
  }
  /** The doubleword below the stack, as a call and a return leave it. */
  storeBelow(value: Operand): void {
    this.accesses.store(this.onStack(-4, 32, true), this.c.keep(value), 32);
  }
  top(bits: 16 | 32): Val {
    return this.accesses.load(this.onStack(0, bits, false), bits);
  }
  release(bytes: Operand): void {
    this.moveStack(bytes);
  }
  private moveStack(bytes: Operand): void {
    const { c, frame } = this;
    const { constant } = c.val(bytes);
    frame.setRegister(ESP, c.add(frame.register(ESP), bytes));
    frame.stack.move(constant as number | undefined);
  }
  setStackPointer(value: Operand): void {
    this.frame.setRegister(ESP, this.c.val(value));
  }

  // ---- flags ------------------------------------------------------------------------------------------------

  flags(): FlagSource {
    return this.current;
  }
  define(source: FlagSource): void {
    if (this.live === 0) return;
    const { c, frame, live } = this;
    // The operands outlive the registers they came from.
    const stable = (v: Val) => (frame.isState(v) ? c.copy(v) : v);
    const pending = this.conditional ? undefined : pendingFlags(c, source, stable);
    if (pending) {
      this.current = pending;
      return;
    }
    if (source.carryOnly) this.settle();
    const { a, b, r } = source;
    const operands = { ...(a && { a: stable(a) }), ...(b && { b: stable(b) }), ...(r && { r: stable(r) }) };
    putFlags(c, source, live, (word, value) => frame.setFlag(word, value));
    this.current = flagWords(frame);
    if (!this.conditional) this.current = { ...this.current, kind: source.kind, bits: source.bits, ...operands };
  }
  /** Flags are in the frame's words from here on. */
  settle(): void {
    this.current = settleFlags(this.c, this.frame, this.current);
  }
  condition(cc: number): Val {
    return conditionOf(this.c, this.current, cc);
  }
  when(condition: Val, body: () => void): void {
    const c = this.c.val(condition);
    if (typeof c.constant === 'number') {
      if (c.constant) body();
      return;
    }
    const holds = this.current.pending ? this.c.keep(c) : c;
    this.settle();
    this.conditional = true;
    this.current = flagWords(this.frame);
    this.c.if(holds, body);
    this.current = flagWords(this.frame);
  }
  systemFlags(): Val {
    return this.c.load(STATE.eflags);
  }
  setSystemFlags(value: Operand): void {
    this.c.store(STATE.eflags, value);
  }

  // ---- control ----------------------------------------------------------------------------------------------

  /** EIP of the next instruction. */
  get next(): number {
    return (this.eip + this.i.length) | 0;
  }
  private get target(): number {
    return (this.next + this.i.immediate) | 0;
  }
  nextEip(): Val {
    return this.c.const(this.next);
  }
  jump(target: Val): void {
    this.r.leaveTo(target);
  }
  jumpRelative(): void {
    this.r.goTo(this.target);
  }
  branchRelative(_operand: number, condition: Val): void {
    // Kernels are full of branches to what follows anyway: patched, or built for another processor.
    if (this.target === this.next) {
      this.r.goTo(this.next);
      return;
    }
    this.c.if(
      condition,
      () => this.r.goTo(this.target),
      () => this.r.goTo(this.next),
    );
  }
  callRelative(): void {
    this.push(this.next, 32);
    this.r.callTo(this.c.const(this.target), this.next);
  }
  jumpIndirect(target: Val, kind: 'jump' | 'call' | 'return'): void {
    if (kind === 'call') this.r.callTo(target, this.next);
    else if (kind === 'return') this.r.returnBack(target);
    else this.r.jumpTo(target);
  }
  raiseIf(condition: Val): void {
    this.slowIf(condition);
  }
  slowIf(condition: Val): void {
    this.c.if(condition, () => this.r.leaveSlow());
  }
  /** `executed`: instructions that this one has done before it asks. */
  timestamp(executed = 0): { low: Val; high: Val } {
    const { c, r } = this;
    r.storeFuelAfter(executed);
    const low = c.keep(c.call(r.imports.helper('timestamp')));
    return { low, high: c.keep(c.load(STATE.scratch)) };
  }
  require(mode: number): void {
    const { established } = this.r;
    if ((established.clear & mode) === mode) return;
    this.slowIf(this.mode(mode));
    established.clear |= mode;
  }
  mode(bits: number): Val {
    if (bits & ~MODE_KEY) return this.c.and(this.c.load(STATE.mode), bits);
    return this.c.const(this.r.mode & bits);
  }
  modeMayHaveChanged(): void {
    const { c, r } = this;
    const changed = c.ne(c.and(c.load(STATE.mode), MODE_KEY), r.mode & MODE_KEY);
    c.if(changed, () => r.leaveAfter(1, this.nextEip(), true));
  }
  fuelEnds(): Val {
    return this.r.fuelEnds();
  }
  counter(): Val {
    return this.reg(1, this.i.addressSize);
  }
  setCounter(value: Val): void {
    this.setReg(1, value, this.i.addressSize);
  }
  host(): void {
    this.r.leaveSlow();
  }
  helper(name: string): Callee {
    return this.r.imports.helper(name);
  }
}

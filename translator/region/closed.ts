/**
 * The closed binding: operands are known. Registers are locals of the region, constants fold, flags that nobody
 * reads vanish, and what cannot be done in line leaves the region at this instruction with nothing changed.
 */
import { conditionOf, type FlagSource } from '../flags.ts';
import { type Instruction, modOf, regOf, rmOf } from '../isa/instruction.ts';
import { writesOperand } from '../isa/line.ts';
import { mayLieInMemory, OPERANDS, type OperandInfo, widthIn } from '../isa/operands.ts';
import { ARITHMETIC_FLAGS, FS, MODE_KEY, SEG_BASE, STATE, segment } from '../layout.ts';
import type { Ops, Width } from '../semantics/ops.ts';
import type { Callee, Operand, Val } from '../wasm/code.ts';
import { type Access, Accesses } from './accesses.ts';
import { flagWords, pendingFlags, putFlags } from './flag-words.ts';
import { type FpuKnowledge, nothingOfFpu, RegionFpu } from './fpu-registers.ts';
import type { Frame } from './frame.ts';
import { RegionVectors } from './vectors.ts';

/** What the emitter of a region does for its instructions. */
export interface RegionContext {
  readonly frame: Frame;
  /** Assumptions of the region, bits of MODE. */
  readonly mode: number;
  readonly hostForRead: Callee;
  readonly hostForWrite: Callee;
  helper(name: string): Callee;
  /** Goes on at a known EIP: inside the region or out of it. */
  goTo(eip: number): void;
  /** Leaves for an EIP that is a value. */
  leaveTo(eip: Val): void;
  /** The same for an indirect jump, which may go through a table. */
  jumpTo(eip: Val): void;
  /** The same for a return: whoever called may be waiting. */
  returnBack(eip: Val): void;
  /** Calls code at `target`, the return address being pushed, and goes on at the return site. */
  callTo(target: Val, returnSite: number): void;
  /** The instruction that is being built begins once more: counted, and not without fuel for the whole region. */
  again(): void;
  /** Non-zero when no fuel is left for the instruction after the one that is being built. */
  fuelEnds(): Val;
  /** Leaves so that the interpreter does the instruction that is being built. */
  leaveSlow(): void;
  /**
   * Leaves for an EIP when `fuel` instructions have been executed for the one that is being built. With `again` the
   * dispatcher looks anew at everything it knows.
   */
  leaveAfter(fuel: number, eip: Val, again?: boolean): void;
  /** Stores the fuel as it is when `fuel` instructions have been executed for the one that is being built. */
  storeFuelAfter(fuel: number): void;
  /** The import of a host function. */
  hostFunction(name: string): Callee;
  /** What the block at hand has established before this instruction. */
  readonly established: Established;
}

/** What holds from some instruction of a block to its end. */
export interface Established {
  /** Bits of MODE that are clear. */
  clear: number;
  fpu: FpuKnowledge;
}

const ESP = 4;
const ESI = 6;
const EDI = 7;

export class ClosedOps extends RegionVectors implements Ops {
  readonly operandSize: 16 | 32;
  readonly size: Width;
  readonly conditionCode: number;
  private readonly eip: number;
  private readonly r: RegionContext;
  private readonly accesses: Accesses;
  /** Flags somebody reads after this instruction. */
  private readonly live: number;
  private current: FlagSource;
  /** Host address of the memory operand, once translated. */
  private hostAddress: Val | undefined;
  private displaced: Val | undefined;
  private conditional = false;
  private isFpuInMemory = false;

  constructor(region: RegionContext, eip: number, instruction: Instruction, live: number, flags: FlagSource) {
    super(region.frame, instruction);
    this.r = region;
    this.accesses = new Accesses(region);
    this.eip = eip;
    this.live = live;
    this.current = flags;
    this.operandSize = instruction.operandSize;
    this.conditionCode = instruction.line.condition;
    this.size = instruction.line.operands.length ? this.widthOf(0) : this.operandSize;
  }

  // ---- operands ---------------------------------------------------------------------------------------------

  protected info(operand: number): OperandInfo {
    return OPERANDS[this.i.line.operands[operand]!];
  }
  widthOf(operand: number): Width {
    return (widthIn(this.i.line.operands[operand]!, this.operandSize) || this.operandSize) as Width;
  }
  protected inMemory(operand: number): boolean {
    const { place } = this.info(operand);
    return place === 'moffs' || (mayLieInMemory(place) && modOf(this.i.modrm) !== 3);
  }
  /** Register number of an operand that is a register. */
  private registerNumber(operand: number): number {
    const { place, value } = this.info(operand);
    if (place === 'fixed') return value!;
    if (place === 'opcode') return this.i.opcodeRegister;
    if (place === 'reg') return regOf(this.i.modrm);
    if (place === 'rm' || place === 'rmRegister') return rmOf(this.i.modrm);
    throw new Error(`${this.i.line.mnemonic}: operand ${operand} is no register`);
  }

  get(operand: number): Val {
    const { c } = this;
    const { place, value } = this.info(operand);
    const width = this.widthOf(operand);
    if (place === 'immediate') {
      const immediate = this.isSecondImmediate(operand) ? this.i.immediate2 : this.i.immediate;
      return c.const(width === 32 ? immediate : immediate & (2 ** width - 1));
    }
    if (place === 'relative') return c.const(this.i.immediate);
    if (place === 'constant') return c.const(value!);
    if (place === 'source' || place === 'destination') {
      return c.keep(c.load(this.stringAddress(place, width, false), width));
    }
    if (!this.inMemory(operand)) return this.reg(this.registerNumber(operand), width);
    if (this.opens(operand) || this.hostAddress) return c.keep(c.load(this.memory(operand), width));
    return this.accesses.load(this.access(operand), width);
  }
  private isSecondImmediate(operand: number): boolean {
    return this.i.line.operands.slice(0, operand).some((kind) => OPERANDS[kind].place === 'immediate');
  }

  set(operand: number, value: Operand): void {
    const width = this.widthOf(operand);
    if (this.info(operand).place === 'destination') {
      const v = this.c.keep(value);
      this.c.store(this.stringAddress('destination', width, true), v, width);
      return;
    }
    if (!this.inMemory(operand)) {
      this.setReg(this.registerNumber(operand), value, width);
      return;
    }
    const v = this.c.keep(value);
    if (this.hostAddress) this.c.store(this.hostAddress, v, width);
    else this.accesses.store(this.access(operand), v, width);
  }

  segmentNumber(operand: number): Val {
    const { place, value } = this.info(operand);
    return this.c.const(place === 'fixedSegment' ? value! : regOf(this.i.modrm));
  }

  reg(index: number, width: Width = 32): Val {
    const { c, frame } = this;
    if (width === 32) return frame.register(index);
    if (width === 16) return c.keep(c.and(frame.register(index), 0xffff));
    if (index < 4) return c.keep(c.and(frame.register(index), 0xff));
    return c.keep(c.and(c.shrU(frame.register(index - 4), 8), 0xff));
  }
  setReg(index: number, value: Operand, width: Width = 32): void {
    const { c, frame } = this;
    const v = c.val(value);
    if (width === 32) frame.setRegister(index, v);
    else if (width === 16) this.insert(index, v, 0xffff, 0);
    else if (index < 4) this.insert(index, v, 0xff, 0);
    else this.insert(index - 4, v, 0xff, 8);
  }
  private insert(index: number, value: Val, mask: number, shift: number): void {
    const { c, frame } = this;
    const part = c.shl(c.and(value, mask), shift);
    frame.setRegister(index, c.or(c.and(frame.register(index), ~(mask << shift)), part));
  }

  // ---- memory -----------------------------------------------------------------------------------------------

  address(): Val {
    const { c, frame, i } = this;
    let offset = c.const(i.displacement);
    if (i.base >= 0) offset = c.add(frame.register(i.base), offset);
    if (i.index >= 0) offset = c.add(offset, c.shl(frame.register(i.index), i.scale));
    if (this.displaced) offset = c.add(offset, this.displaced);
    return i.addressSize === 16 ? c.and(offset, 0xffff) : offset;
  }
  displace(_operand: number, bytes: Val): void {
    this.displaced = this.c.keep(bytes);
  }

  /** Linear address of the memory operand. */
  private linear(): Val {
    const offset = this.address();
    if (this.i.segment < FS) return offset;
    return this.c.add(offset, this.c.load(segment(this.i.segment) + SEG_BASE));
  }

  /** Whether operand k is written as well as read, so that what reads it opens it for writing. */
  private opens(operand: number): boolean {
    return operand === 0 && writesOperand(this.i.line);
  }
  private access(operand: number): Access {
    const { width, aligned } = this.info(operand);
    const bytes = (width === 'v' ? this.operandSize : (width as number)) / 8;
    const write = this.opens(operand);
    const leave = () => this.r.leaveSlow();
    const window = this.displaced || aligned ? undefined : this.frame.windowOn(this.i, bytes, write, leave);
    return { linear: () => this.linear(), bytes, write, window, ...(aligned && { strict: true }) };
  }
  /** An access to the stack, `distance` bytes from where ESP is now. */
  private onStack(distance: number, bits: Width, write: boolean): Access {
    const { c, frame } = this;
    const bytes = bits / 8;
    const linear = () => c.add(frame.register(ESP), distance);
    return { linear, bytes, write, window: frame.windowOnStack(distance, bytes, write) };
  }

  /** Host address of memory operand k, translated once; leaves the region where that is not possible. */
  protected memory(operand: number): Val {
    this.hostAddress ??= this.accesses.host(this.access(operand));
    return this.hostAddress;
  }

  /** Host address of a linear one; leaves the region where that is not possible. */
  translate(linear: Val, bytes: number, write: boolean): Val {
    return this.accesses.host({ linear: () => linear, bytes, write });
  }

  /** Host address of what ESI or EDI points at. */
  private stringAddress(place: 'source' | 'destination', width: Width, write: boolean): Val {
    const { c, i } = this;
    const source = place === 'source';
    const offset = this.reg(source ? ESI : EDI, i.addressSize);
    const based = source && i.segment >= FS ? c.add(offset, c.load(segment(i.segment) + SEG_BASE)) : offset;
    return this.translate(based, width / 8, write);
  }
  advance(register: number, bytes: Val): void {
    this.setReg(register, this.c.add(this.reg(register, this.i.addressSize), bytes), this.i.addressSize);
  }

  get64(operand: number): Val {
    return this.c.keep(this.c.loadAs('i64', this.memory(operand)));
  }
  set64(operand: number, value: Val): void {
    const v = this.c.keep(value);
    this.c.storeAs('i64', this.memory(operand), v);
  }
  openForWriting(operand: number): void {
    this.memory(operand);
  }
  getExponent(operand: number): Val {
    return this.c.keep(this.c.load(this.memory(operand), 16, 8));
  }
  setExponent(operand: number, value: Val): void {
    const v = this.c.keep(value);
    this.c.store(this.memory(operand), v, 16, 8);
  }
  ifMemory(operand: number, memory: () => void, register: () => void): void {
    if (this.inMemory(operand)) memory();
    else register();
  }

  require(mode: number): void {
    const { established } = this.r;
    if ((established.clear & mode) === mode) return;
    this.slowIf(this.mode(mode));
    established.clear |= mode;
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
    this.r.established.fpu = nothingOfFpu();
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
  mode(bits: number): Val {
    if (bits & ~MODE_KEY) return this.c.and(this.c.load(STATE.mode), bits);
    return this.c.const(this.r.mode & bits);
  }

  // ---- stack ------------------------------------------------------------------------------------------------

  push(value: Operand, bits: 16 | 32): void {
    const { c } = this;
    this.accesses.store(this.onStack(-bits / 8, bits, true), c.keep(value), bits);
    this.moveStack(-bits / 8);
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
  loadStack(offset: Val, bits: 16 | 32): Val {
    return this.c.keep(this.c.load(this.translate(offset, bits / 8, false), bits));
  }
  loadData(offset: Val, bits: Width): Val {
    const { c, i } = this;
    const at = i.addressSize === 16 ? c.and(offset, 0xffff) : offset;
    const linear = i.segment < FS ? at : c.add(at, c.load(segment(i.segment) + SEG_BASE));
    return c.keep(c.load(this.translate(linear, bits / 8, false), bits));
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
    const { c, frame, current } = this;
    if (!current.pending) return;
    putFlags(c, current, ARITHMETIC_FLAGS, (word, value) => frame.setFlag(word, value));
    this.current = flagWords(frame);
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
    const low = c.keep(c.call(r.helper('timestamp')));
    return { low, high: c.keep(c.load(STATE.scratch)) };
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
    return this.r.helper(name);
  }
}

/**
 * Operands in the hot interpreter: where its locals are, how an address is decoded and translated, and the
 * operations of the semantics. Nothing of the guest changes before an instruction is sure to complete here: all
 * that is not handled breaks to SLOW.
 */
import type { Line } from '../isa/line.ts';
import { ARMS, type HotKind, PAGE_SIZE, STATE, TLB_WRITE } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Callee, Code, Local, Operand, Val } from '../wasm/code.ts';
import { OpenOps } from './open.ts';

/** The locals of the hot function. */
export interface Frame {
  c: Code;
  /** Jump targets are counted. */
  kind: HotKind;
  ip: Local;
  /**
   * Host address of the last byte where an instruction may start: on the page that ip is on, and before fuel can
   * have run out. So this one comparison is all that is checked between jumps.
   */
  last: Local;
  /** ip - EIP. */
  delta: Local;
  fuel: Local;
  /** The arm for the instruction at ip. */
  arm: Local;
  /** The TLB in force: its read table, which the others follow. */
  tlb: Local;
  /** Base of the segment that a prefix names. */
  base: Local;
  modrm: Local;
  after: Local;
  /** Effective address, and the host address of the r/m operand. */
  linear: Local;
  host: Local;
}
/** Leaves the instruction that has been started, or one that has not. */
export const SLOW = 'slow';
export const UNSTARTED = 'unstarted';
/** Where an instruction goes on: behind itself, at a jump target that may be hot, or anywhere off the page. */
export const NEXT = 'next';
export const TAKEN = 'taken';
export const ENTRY = 'entry';
export const MOVED = 'moved';

/** Linear address → host address in `into`, or out by the slow exit. */
export const translate = (f: Frame, write: boolean, into: Local, linear: Val, width: Width): void => {
  const { c } = f;
  const entry = c.load(c.add(c.get(f.tlb), c.shl(c.shrU(linear, 12), 2)), 32, write ? TLB_WRITE : 0);
  c.set(into, c.add(entry, linear));
  const h = () => c.get(into);
  if (width === 8) {
    c.break(SLOW, c.ltS(h(), 0));
    return;
  }
  const bytes = width / 8;
  c.if(c.and(h(), 0x80000000 | (bytes - 1)), () => {
    c.break(SLOW, c.ltS(h(), 0));
    c.break(SLOW, c.gtU(c.and(h(), PAGE_SIZE - 1), PAGE_SIZE - bytes));
  });
};

/** Finds the arm for the instruction at a host address. */
export const findArm = (f: Frame, ip: Val): void => {
  const { c } = f;
  const at = c.keep(ip);
  const entry = c.add(c.shl(c.load(at, 8), 9), c.shl(c.load(at, 8, 1), 1));
  c.set(f.arm, c.load(entry, 16, ARMS[f.kind]));
};

/** Effective address of a 32-bit ModRM memory operand (kept) into f.linear; f.after behind the displacement. */
export const decodeAddress = (f: Frame, modrm: Val, opcodeLength: number): void => {
  const { c } = f;
  /** Displacement of `bits` at a fixed distance from ip. */
  const displacement = (distance: number, bits: 0 | 8 | 32): Val => {
    if (bits === 0) return c.const(0);
    return bits === 8 ? c.loadS8(c.get(f.ip), distance) : c.load(c.get(f.ip), 32, distance);
  };
  /** base (kept) + displacement. */
  const done = (base: Operand, distance: number, bits: 0 | 8 | 32) => {
    c.set(f.linear, c.add(displacement(distance, bits), base));
    c.set(f.after, c.add(c.get(f.ip), distance + bits / 8));
  };
  const withoutDisplacement = (then: () => void, otherwise: () => void) => c.if(c.ltU(modrm, 0x40), then, otherwise);
  /** By ModRM.mod, for a base whose displacement lies at `distance`. */
  const displaced = (base: Val, distance: number) =>
    c.if(
      c.ltU(modrm, 0x80),
      () => done(base, distance, 8),
      () => done(base, distance, 32),
    );
  const plain = opcodeLength + 1;
  const byRegister = (register: Val) => {
    const base = () => c.copy(c.load(c.shl(register, 2)));
    withoutDisplacement(
      () =>
        c.if(
          c.eq(register, 5),
          () => done(0, plain, 32),
          () => done(base(), plain, 0),
        ),
      () => displaced(base(), plain),
    );
  };
  const bySib = () => {
    const sib = c.copy(c.load(c.get(f.ip), 8, plain));
    const index = c.copy(c.and(c.shrU(sib, 1), 0x1c));
    const noIndex = c.eq(index, 0x10);
    const offset = c.copy(c.shl(c.select(noIndex, 0, c.load(index)), c.shrU(sib, 6)));
    const base = c.copy(c.and(sib, 7));
    const sum = () => c.copy(c.add(c.load(c.shl(base, 2)), offset));
    withoutDisplacement(
      () =>
        c.if(
          c.eq(base, 5),
          () => done(offset, plain + 1, 32),
          () => done(sum(), plain + 1, 0),
        ),
      () => displaced(sum(), plain + 1),
    );
  };
  const rm = c.copy(c.and(modrm, 7));
  c.if(c.eq(rm, 4), bySib, () => byRegister(rm));
};

/** What writes memory that is not its r/m operand. */
const STORING: ReadonlySet<string> = new Set(['push', 'movs', 'stos']);

export class HotOps extends OpenOps {
  private readonly f: Frame;
  /** Set when the semantics has moved the instruction pointer itself. */
  jumped = false;
  /** The arm for what follows has been looked up, and memory has been written since. */
  private ahead = false;
  private stored = false;

  /** ModRM, where it is known. */
  private readonly known: number | undefined;

  constructor(f: Frame, line: Line, operandSize: 16 | 32, modrm?: number) {
    super(f.c, line, operandSize, { after: f.after, modrm: f.modrm });
    this.f = f;
    this.known = modrm;
  }

  protected opcode(): Val {
    return this.c.const(this.line.opcode & 0xff);
  }
  protected override modrm(): Val {
    return this.known === undefined ? super.modrm() : this.c.const(this.known);
  }
  protected getMemory(_operand: number, width: Width): Val {
    return this.c.keep(this.c.load(this.c.get(this.f.host), width));
  }
  protected setMemory(_operand: number, width: Width, value: Operand): void {
    this.c.store(this.c.get(this.f.host), value, width);
    if (this.known === undefined || this.known < 0xc0) this.stored = true;
  }
  private stringAddress(write: boolean, index: number, width: Width): Val {
    const host = this.c.newLocal();
    translate(this.f, write, host, this.reg(index), width);
    return this.c.get(host);
  }
  protected getString(place: 'source' | 'destination', width: Width): Val {
    const index = place === 'source' ? HotOps.ESI : HotOps.EDI;
    return this.c.keep(this.c.load(this.stringAddress(false, index, width), width));
  }
  protected setString(width: Width, value: Operand): void {
    const v = this.c.keep(value);
    this.c.store(this.stringAddress(true, HotOps.EDI, width), v, width);
    this.stored = true;
  }
  advance(register: number, bytes: Val): void {
    this.setReg(register, this.c.add(this.reg(register), bytes));
  }
  /** What is written for the complete interpreter only is marked cold in the opcode table. */
  private cold(): never {
    throw new Error(`${this.line.mnemonic} is not for the hot interpreter`);
  }
  get64 = (): Val => this.cold();
  set64 = (): void => this.cold();
  openForWriting = (): void => this.cold();
  getVector = (): Val => this.cold();
  setVector = (): void => this.cold();
  require = (): void => this.cold();
  getExponent = (): Val => this.cold();
  setExponent = (): void => this.cold();
  recordPointers = (): void => this.cold();
  stackIndex = (): Val => this.cold();
  loadData = (): Val => this.cold();
  helper = (): Callee => this.cold();

  mode(bits: number): Val {
    return this.c.and(this.c.load(STATE.mode), bits);
  }
  address(): Val {
    return this.c.get(this.f.linear);
  }
  ifMemory(_operand: number, memory: () => void, register: () => void): void {
    this.c.if(this.c.ltU(this.modrm(), 0xc0), memory, register);
  }
  /** The operand has been translated where it begins; it is again where it is. */
  displace(operand: number, bytes: Val): void {
    const { c, f } = this;
    const distance = c.keep(bytes);
    this.ifMemory(
      operand,
      () => {
        c.set(f.linear, c.add(c.get(f.linear), distance));
        translate(f, this.line.access !== 'read', f.host, c.get(f.linear), this.widthOf(operand));
      },
      () => {},
    );
  }
  private static readonly ESP = 4;
  private static readonly ESI = 6;
  private static readonly EDI = 7;
  push(value: Operand, bits: 16 | 32): void {
    const { c, f } = this;
    const v = c.keep(value);
    const esp = c.copy(c.sub(this.reg(HotOps.ESP), bits / 8));
    const host = c.newLocal();
    translate(f, true, host, esp, bits);
    c.store(c.get(host), v, bits);
    this.stored = true;
    this.setReg(HotOps.ESP, esp);
  }
  top(bits: 16 | 32): Val {
    return this.loadStack(this.reg(HotOps.ESP), bits);
  }
  release(bytes: Operand): void {
    this.setReg(HotOps.ESP, this.c.add(this.reg(HotOps.ESP), bytes));
  }
  setStackPointer(value: Operand): void {
    this.setReg(HotOps.ESP, value);
  }
  loadStack(offset: Val, bits: 16 | 32): Val {
    const host = this.c.newLocal();
    translate(this.f, false, host, this.c.keep(offset), bits);
    return this.c.keep(this.c.load(this.c.get(host), bits));
  }
  /** Host pointer to the next instruction. */
  private next(): Val {
    return this.c.add(this.c.get(this.f.after), this.immediateBytes());
  }
  nextEip(): Val {
    return this.c.sub(this.next(), this.c.get(this.f.delta));
  }
  /** On at f.ip: off the page, or at `label`, which depends on `condition`, or else at TAKEN. */
  private go(label: string, condition?: Val): void {
    const { c, f } = this;
    const backward = condition && c.copy(condition);
    this.pay();
    c.break(MOVED, c.geU(c.xor(c.get(f.ip), c.get(f.last)), PAGE_SIZE));
    findArm(f, c.get(f.ip));
    // Little fuel: `last` holds only for going straight on.
    c.break(MOVED, c.ltS(c.get(f.fuel), PAGE_SIZE));
    if (backward) c.break(label, backward);
    c.break(backward ? TAKEN : label);
    this.jumped = true;
  }
  jump(target: Val): void {
    this.c.set(this.f.ip, this.c.add(target, this.c.get(this.f.delta)));
    this.go(ENTRY);
  }
  jumpRelative(operand: number): void {
    const { c, f } = this;
    const relative = c.copy(c.signExtend(this.get(operand), 32));
    c.set(f.ip, c.add(this.next(), relative));
    if (f.kind === 'counting') this.go(ENTRY, c.ltS(relative, 0));
    else this.go(NEXT);
  }
  branchRelative(operand: number, condition: Val): void {
    this.c.if(condition, () => this.jumpRelative(operand));
    this.jumped = false;
  }
  jumpIndirect(target: Val): void {
    this.jump(target);
  }
  raiseIf(condition: Val): void {
    this.slowIf(condition);
  }
  slowIf(condition: Val): void {
    this.c.break(SLOW, condition);
  }
  fuelEnds(): Val {
    return this.c.eq(this.c.get(this.f.fuel), 1);
  }
  counter(): Val {
    return this.reg(1);
  }
  setCounter(value: Val): void {
    this.setReg(1, value);
  }
  host(): void {
    this.c.break(SLOW);
    this.jumped = true;
  }
  /**
   * Finds the arm for what follows, as soon as it is known where that is: a processor that has predicted the dispatch
   * wrongly learns of it so much earlier. In vain if the instruction writes memory, which might be what follows.
   */
  lookAhead(): void {
    const { ends, mnemonic } = this.line;
    if ((ends !== 'no' && ends !== 'conditional') || STORING.has(mnemonic)) return;
    findArm(this.f, this.next());
    this.ahead = true;
  }
  /** For an instruction that is complete: one that is left has not been paid. */
  private pay(): void {
    const { c, f } = this;
    c.set(f.fuel, c.sub(c.get(f.fuel), 1));
  }
  /** Goes on behind the instruction, unless it has jumped. */
  finish(): void {
    if (this.jumped) return;
    this.pay();
    this.c.set(this.f.ip, this.next());
    if (!this.ahead || this.stored) findArm(this.f, this.c.get(this.f.ip));
    this.c.break(NEXT);
  }
}

/**
 * The complete interpreter: every line of the opcode table, in every mode, one instruction a call. Each opcode and
 * operand size is a small function of its own in a table; memory goes through helpers that translate, check and
 * may fault. A fault is left in STATE.faultVector, with nothing of the instruction done.
 */
import type { Line } from '../isa/line.ts';
import { OPERANDS } from '../isa/operands.ts';
import { hasModrm, linesOf } from '../isa/table.ts';
import { CS, DS, FS, MODE, PAGE_SIZE, SEG_BASE, SEG_SELECTOR, SS, STATE, segment } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Callee, Code, Local, ModuleBuilder, Operand, Type, Val } from '../wasm/code.ts';
import { STEP } from './exits.ts';
import { type OpenOperands, OpenOps, registerAddress } from './open.ts';
import { emitSwitch } from './switch.ts';

/** What a handler returns instead of the host pointer to the next instruction. */
const FAULTED = 0;
const EIP_SET = 1;

/** Prefixes, packed for the handlers. */
const PREFIX = {
  /** Segment override plus one in bits 0-2. */
  segment: 7,
  address16: 8,
  lock: 16,
  /** The REP byte in bits 8-15. */
  repShift: 8,
} as const;

const UD = 6;

/** Functions of the runtime that the complete interpreter calls; the runtime gives them as imports. */
export const RUNTIME_IMPORTS: Readonly<Record<string, { params: Type[]; result?: Type }>> = {
  /** (segment, offset, bytes, write) → linear address, after the checks of segmentation. */
  linear: { params: ['i32', 'i32', 'i32', 'i32'], result: 'i32' },
  /** (linear, bytes): a write of this many bytes will not fault. */
  probe: { params: ['i32', 'i32'] },
  /** (linear, bytes) → value; MMIO and page crossing included. */
  slowRead: { params: ['i32', 'i32'], result: 'i32' },
  slowWrite: { params: ['i32', 'i32', 'i32'] },
  /** (linear, bytes) → host address of a whole access within one page of RAM, or negative. */
  probeRead: { params: ['i32', 'i32'], result: 'i32' },
  probeWrite: { params: ['i32', 'i32'], result: 'i32' },
  /** () → host pointer to the instruction at EIP, all its bytes in a row; 0 after a fault. */
  fetch: { params: [], result: 'i32' },
  /** () → 1: the instruction at EIP was executed by the runtime; 0: it faulted. */
  host: { params: [], result: 'i32' },
};

export interface CompleteHelpers {
  readonly imports: Record<string, Callee>;
  readonly load: Record<8 | 16 | 32, Callee>;
  readonly store: Record<8 | 16 | 32, Callee>;
  /** (modrm pointer, prefixes, fixed address size from prefixes) → offset; STATE.scratch: next pointer, segment. */
  readonly address: Callee;
  readonly linear: Callee;
}

const NEXT_POINTER = STATE.scratch;
const DEFAULT_SEGMENT = STATE.scratch + 4;

/** Loads and stores by linear address: the TLB first, then the runtime. */
const defineAccess = (builder: ModuleBuilder, imports: Record<string, Callee>, bits: Width) => {
  const bytes = bits / 8;
  const fast = (c: Code, table: number, linear: Local, then: (host: Val) => void) => {
    const entry = c.load(c.add(c.load(table), c.shl(c.shrU(c.get(linear), 12), 2)));
    const host = c.copy(c.add(entry, c.get(linear)));
    const inside = c.leU(c.and(host, 0x80000fff), PAGE_SIZE - bytes);
    c.if(inside, () => then(host));
  };
  const load = builder.define(`load${bits}`, ['i32'], 'i32', (c, linear) => {
    fast(c, STATE.tlbRead, linear, (host) => c.return(c.load(host, bits)));
    return c.call(imports['slowRead']!, c.get(linear), bytes);
  });
  const store = builder.define(`store${bits}`, ['i32', 'i32'], undefined, (c, linear, value) => {
    fast(c, STATE.tlbWrite, linear, (host) => {
      c.store(host, c.get(value), bits);
      c.return();
    });
    c.call(imports['slowWrite']!, c.get(linear), bytes, c.zeroExtend(c.get(value), bits));
    return undefined;
  });
  return { load, store };
};

/** Segment and offset → linear address, checks included; flat segments need none. */
const defineLinear = (builder: ModuleBuilder, imports: Record<string, Callee>): Callee =>
  builder.define('toLinear', ['i32', 'i32', 'i32', 'i32'], 'i32', (c, seg, offset, bytes, write) => {
    const mode = c.keep(c.load(STATE.mode));
    c.if(c.and(mode, MODE.flat), () => {
      // All but a write through CS, which no mode allows.
      const written = c.and(c.eq(c.get(seg), CS), c.ne(c.get(write), 0));
      c.if(c.and(c.leU(c.get(seg), DS), c.eqz(written)), () => c.return(c.get(offset)));
      // FS and GS: the bits for them are neighbours in the order of their encoding.
      c.if(c.and(mode, c.shl(MODE.flatFs, c.sub(c.get(seg), FS))), () =>
        c.return(c.add(c.get(offset), c.load(c.shl(c.get(seg), 4), 32, segment(0) + SEG_BASE))),
      );
    });
    return c.call(imports['linear']!, c.get(seg), c.get(offset), c.get(bytes), c.get(write));
  });

/** Effective address of a ModRM memory operand in 16- or 32-bit addressing. */
const defineAddress = (builder: ModuleBuilder): Callee =>
  builder.define('address', ['i32', 'i32'], 'i32', (c, at, prefixes) => {
    const modrm = c.keep(c.load(c.get(at), 8));
    const rm = c.keep(c.and(modrm, 7));
    const offset = c.newLocal();
    const next = c.newLocal();
    const seg = c.newLocal();
    const gpr = (encoding: Operand) => c.load(c.shl(encoding, 2));
    const noDisplacement = c.keep(c.ltU(modrm, 0x40));
    const disp8 = c.keep(c.and(modrm, 0x40));
    c.set(next, c.add(c.get(at), 1));
    c.set(seg, c.const(DS));
    c.set(offset, c.const(0));
    const advance = (bytes: number) => c.set(next, c.add(c.get(next), bytes));
    const add = (v: Val) => c.set(offset, c.add(c.get(offset), v));
    const displace = (load: () => Val, bytes: number) => {
      add(load());
      advance(bytes);
    };
    const stackBased = () => c.set(seg, c.const(SS));
    c.if(
      c.and(c.get(prefixes), PREFIX.address16),
      () => {
        const direct = c.keep(c.and(noDisplacement, c.eq(rm, 6)));
        c.if(
          direct,
          () => displace(() => c.load(c.get(next), 16), 2),
          () => {
            // Base BX for 0, 1, 7; BP for 2, 3, 6; index SI for even, DI for odd up to 5.
            c.if(
              c.or(c.ltU(rm, 2), c.eq(rm, 7)),
              () => c.set(offset, gpr(3)),
              () =>
                c.if(c.or(c.ltU(rm, 4), c.eq(rm, 6)), () => {
                  c.set(offset, gpr(5));
                  stackBased();
                }),
            );
            c.if(c.ltU(rm, 6), () => add(gpr(c.or(6, c.and(rm, 1)))));
            c.if(
              disp8,
              () => displace(() => c.loadS8(c.get(next)), 1),
              () => c.if(c.eqz(noDisplacement), () => displace(() => c.load(c.get(next), 16), 2)),
            );
          },
        );
        c.set(offset, c.and(c.get(offset), 0xffff));
      },
      () => {
        const base = c.newLocal();
        c.set(base, rm);
        c.if(c.eq(rm, 4), () => {
          const sib = c.copy(c.load(c.get(next), 8));
          advance(1);
          c.set(base, c.and(sib, 7));
          const index = c.copy(c.and(c.shrU(sib, 3), 7));
          c.if(c.ne(index, 4), () => add(c.shl(gpr(index), c.shrU(sib, 6))));
        });
        c.if(
          c.and(noDisplacement, c.eq(c.get(base), 5)),
          () => displace(() => c.load(c.get(next)), 4),
          () => {
            add(gpr(c.get(base)));
            c.if(c.eq(c.and(c.get(base), 6), 4), stackBased); // ESP and EBP
            c.if(
              disp8,
              () => displace(() => c.loadS8(c.get(next)), 1),
              () => c.if(c.eqz(noDisplacement), () => displace(() => c.load(c.get(next)), 4)),
            );
          },
        );
      },
    );
    const override = c.keep(c.and(c.get(prefixes), PREFIX.segment));
    c.store(NEXT_POINTER, c.get(next));
    c.store(DEFAULT_SEGMENT, c.select(override, c.sub(override, 1), c.get(seg)));
    return c.get(offset);
  });

export const defineCompleteHelpers = (builder: ModuleBuilder): CompleteHelpers => {
  const imports = Object.fromEntries(
    Object.entries(RUNTIME_IMPORTS).map(([name, { params, result }]) => [
      name,
      builder.importFunction(name, name, params, result),
    ]),
  );
  const access = {
    8: defineAccess(builder, imports, 8),
    16: defineAccess(builder, imports, 16),
    32: defineAccess(builder, imports, 32),
  };
  return {
    imports,
    load: { 8: access[8].load, 16: access[16].load, 32: access[32].load },
    store: { 8: access[8].store, 16: access[16].store, 32: access[32].store },
    address: defineAddress(builder),
    linear: defineLinear(builder, imports),
  };
};

interface Handler {
  c: Code;
  /** Host pointer to the opcode byte (the second one after 0F). */
  ip: Local;
  prefixes: Local;
  operands: OpenOperands;
  helpers: CompleteHelpers;
  helper: (name: string) => Callee;
}

class CompleteOps extends OpenOps {
  private readonly h: Handler;
  /** Offset, segment and, once translated, linear address of the memory operand. */
  private readonly offset: Local;
  private readonly segment: Local;
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
  private checkFault(): void {
    this.c.if(this.c.geS(this.c.load(STATE.faultVector), 0), () => this.c.return(FAULTED));
  }

  private hasModrmOperand(): boolean {
    return this.operands.modrm !== undefined;
  }
  private isMemory(): Val {
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
  private dataSegment(): Val {
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
    c.set(this.linear, c.call(h.helpers.linear, c.get(this.segment), c.get(this.offset), bytes, Number(write)));
    this.checkFault();
    if (write) {
      c.call(h.helpers.imports['probe']!, c.get(this.linear), bytes);
      this.checkFault();
    }
  }

  private place(operand: number) {
    return OPERANDS[this.line.operands[operand]!].place;
  }
  private writes(operand: number): boolean {
    return operand === 0 && this.line.access !== 'read';
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
    const { c, h } = this;
    this.translate(operand, false);
    const low = c.extend64U(c.call(h.helpers.load[32], c.get(this.linear)));
    const kept = c.keep(low);
    this.checkFault();
    const high = c.call(h.helpers.load[32], c.add(c.get(this.linear), 4));
    this.checkFault();
    return c.keep(c.op2('i64', 'or', kept, c.op2('i64', 'shl', c.extend64U(high), 32)));
  }

  set64(operand: number, value: Val): void {
    const { c, h } = this;
    const v = c.keep(value);
    this.translate(operand, true);
    c.call(h.helpers.store[32], c.get(this.linear), c.wrap(v));
    c.call(h.helpers.store[32], c.add(c.get(this.linear), 4), c.wrap(c.op2('i64', 'shr_u', v, 32)));
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
  recordPointers(): void {
    const { c } = this;
    c.store(STATE.fpuIp, c.load(STATE.eip));
    c.store(STATE.fpuCs, c.load(segment(CS) + SEG_SELECTOR));
    const opcode = c.or(c.shl(this.line.opcode & 7, 8), c.get(this.operands.modrm!));
    c.store(STATE.fpuOpcode, opcode);
    if (this.line.form !== 'memory') return;
    c.store(STATE.fpuDp, c.get(this.offset));
    c.store(STATE.fpuDs, c.load(c.shl(c.get(this.segment), 4), 32, segment(0) + SEG_SELECTOR));
  }
  stackIndex(operand: number): Val {
    if (this.line.operands[operand] === 'ST0') return this.c.const(0);
    return this.c.and(this.c.get(this.operands.modrm!), 7);
  }
  mode(bits: number): Val {
    return this.c.and(this.c.load(STATE.mode), bits);
  }

  // The runtime executes string instructions where the hot interpreter does not.
  protected getString = (): Val => this.left();
  protected setString = (): void => this.left();
  advance = (): void => this.left();
  fuelEnds = (): Val => this.left();
  private left(): never {
    throw new Error(`${this.line.mnemonic} is left to the runtime`);
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

  // The stack, at the width that SS.B says.
  private static readonly ESP = 4;
  private wide(): Val {
    return this.c.and(this.c.load(STATE.mode), MODE.stack32);
  }
  private stackOffset(displacement: Operand): Val {
    const { c } = this;
    const esp = c.copy(c.add(this.reg(CompleteOps.ESP), displacement));
    return c.select(this.wide(), esp, c.and(esp, 0xffff));
  }
  setStackPointer(value: Operand): void {
    const { c } = this;
    const v = c.keep(value);
    c.if(
      this.wide(),
      () => this.setReg(CompleteOps.ESP, v),
      () => this.setReg(CompleteOps.ESP, v, 16),
    );
  }
  push(value: Operand, bits: 16 | 32): void {
    const { c, h } = this;
    const v = c.keep(value);
    const offset = c.keep(this.stackOffset(-bits / 8));
    const linear = c.call(h.helpers.linear, SS, offset, bits / 8, 1);
    this.checkFault();
    c.call(h.helpers.store[bits], linear, v);
    this.checkFault();
    this.setStackPointer(offset);
  }
  top(bits: 16 | 32): Val {
    return this.loadStack(this.stackOffset(0), bits);
  }
  release(bytes: Operand): void {
    this.setStackPointer(this.c.keep(this.stackOffset(bytes)));
  }
  loadStack(offset: Val, bits: 16 | 32): Val {
    const { c } = this;
    const kept = c.keep(offset);
    return this.loadAt(c.const(SS), c.select(this.wide(), kept, c.and(kept, 0xffff)), bits);
  }
  loadData(offset: Val, bits: Width): Val {
    const { c } = this;
    const kept = c.keep(offset);
    const address16 = c.and(c.get(this.h.prefixes), PREFIX.address16);
    return this.loadAt(this.dataSegment(), c.select(address16, c.and(kept, 0xffff), kept), bits);
  }
  private loadAt(seg: Val, offset: Val, bits: Width): Val {
    const { c, h } = this;
    const linear = c.call(h.helpers.linear, seg, offset, bits / 8, 0);
    this.checkFault();
    const value = c.call(h.helpers.load[bits], linear);
    this.checkFault();
    return value;
  }

  private next(): Val {
    return this.c.add(this.c.get(this.operands.after), this.immediateBytes());
  }
  nextEip(): Val {
    const { c } = this;
    return c.add(c.load(STATE.eip), c.sub(this.next(), c.load(STATE.instruction)));
  }
  jump(target: Val): void {
    this.c.store(STATE.eip, this.c.zeroExtend(target, this.operandSize));
    this.c.return(EIP_SET);
  }
  jumpRelative(operand: number): void {
    this.jump(this.relativeTarget(operand));
  }
  branchRelative(operand: number, condition: Val): void {
    this.c.if(condition, () => this.jumpRelative(operand));
  }
  jumpIndirect(target: Val): void {
    this.jump(target);
  }
  raiseIf(condition: Val, vector: number): void {
    this.c.if(condition, () => {
      this.c.store(STATE.faultVector, vector);
      this.c.store(STATE.faultCode, -1);
      this.c.return(FAULTED);
    });
  }
  slowIf(): void {
    // This is where slow things are done.
  }
  private counterIs16(): Val {
    return this.c.and(this.c.get(this.h.prefixes), PREFIX.address16);
  }
  counter(): Val {
    const ecx = this.reg(1);
    return this.c.select(this.counterIs16(), this.c.and(ecx, 0xffff), ecx);
  }
  setCounter(value: Val): void {
    const v = this.c.keep(value);
    this.c.if(
      this.counterIs16(),
      () => this.setReg(1, v, 16),
      () => this.setReg(1, v),
    );
  }
  host(): void {
    const { c, h } = this;
    c.return(c.select(c.call(h.helpers.imports['host']!), EIP_SET, FAULTED));
  }
  helper(name: string): Callee {
    return this.h.helper(name);
  }

  /** LOCK is legal on memory forms of lockable lines only; some lines exist in one form only. */
  checkLegal(): void {
    const { c, h, line } = this;
    const lock = () => c.and(c.get(h.prefixes), PREFIX.lock);
    if (!line.lockable) this.raiseIf(lock(), UD);
    else if (this.hasModrmOperand()) this.raiseIf(c.and(c.ne(lock(), 0), c.eqz(this.isMemory())), UD);
    if (line.form === 'memory') this.raiseIf(c.eqz(this.isMemory()), UD);
  }
  finish(): void {
    this.c.return(this.next());
  }
}

const emitLine = (h: Handler, line: Line, operandSize: 16 | 32): void => {
  const ops = new CompleteOps(h, line, operandSize);
  if (line.host !== undefined) {
    ops.host();
    return;
  }
  ops.checkLegal();
  ops.decodeOperands();
  line.semantics(ops);
  ops.finish();
};

/** Selects among the lines of one opcode by ModRM (and mandatory prefix), most specific first. */
const emitOpcode = (h: Handler, lines: readonly Line[], operandSize: 16 | 32): void => {
  const { c } = h;
  const modrm = () => c.get(h.operands.modrm!);
  const byExtension = (extension: number): void => {
    for (const line of lines) {
      if (line.extension >= 0 && line.extension !== extension) continue;
      const body = () => emitLine(h, line, operandSize);
      // A line for memory only that has no register twin checks its form itself.
      const alone = lines.filter((l) => l.extension === line.extension).length === 1;
      const tests: Val[] = [];
      if (line.form === 'register') tests.push(c.geU(modrm(), 0xc0));
      else if (typeof line.form === 'number') tests.push(c.eq(modrm(), line.form));
      else if (line.form === 'memory' && !alone) tests.push(c.ltU(modrm(), 0xc0));
      if (line.prefix >= 0) {
        tests.push(c.eq(c.shrU(c.get(h.prefixes), PREFIX.repShift), line.prefix === 0x66 ? 0 : line.prefix));
      }
      if (tests.length)
        c.if(
          tests.reduce((a, b) => c.and(a, b)),
          body,
        );
      else body();
    }
  };
  const extensions = new Set(lines.map((l) => l.extension));
  if (extensions.size === 1 && extensions.has(-1)) {
    byExtension(-1);
    return;
  }
  const UNDEFINED = 'undefined';
  const arms = [...Array(8).keys()]
    .filter((n) => extensions.has(n) || extensions.has(-1))
    .map((n) => ({ n, label: c.label('ext'), body: () => byExtension(n) }));
  const labels = [...Array(8).keys()].map((n) => arms.find((a) => a.n === n)?.label ?? UNDEFINED);
  c.block(UNDEFINED, () =>
    emitSwitch(
      c,
      c.and(c.shrU(modrm(), 3), 7),
      labels,
      UNDEFINED,
      arms.map((a) => ({
        label: a.label,
        body: () => {
          a.body();
          c.break(UNDEFINED);
        },
      })),
    ),
  );
};

const undefinedOpcode = (c: Code): void => {
  c.store(STATE.faultVector, UD);
  c.store(STATE.faultCode, -1);
  c.return(FAULTED);
};

const HANDLER_PARAMS: Type[] = ['i32', 'i32'];

/** Index of a handler in the table: opcode, two-byte map, operand size. */
const handlerIndex = (opcode: number, operandSize: 16 | 32): number =>
  (opcode & 0xff) | (opcode > 0xff ? 0x100 : 0) | (operandSize === 16 ? 0x200 : 0);

/** Defines the handlers and `step() → STEP`: executes the instruction at EIP, whatever it is. */
export const defineComplete = (
  builder: ModuleBuilder,
  helpers: CompleteHelpers,
  helper: (name: string) => Callee,
): Callee => {
  const names: string[] = [];
  builder.define('undefinedOpcode', HANDLER_PARAMS, 'i32', (c) => {
    undefinedOpcode(c);
    return undefined;
  });
  for (const operandSize of [32, 16] as const) {
    for (let n = 0; n < 512; n++) {
      const opcode = n < 256 ? n : 0x0f00 | (n & 0xff);
      const lines = linesOf(opcode);
      const index = handlerIndex(opcode, operandSize);
      if (!lines.length) {
        names[index] = 'undefinedOpcode';
        continue;
      }
      const name = `op${operandSize}_${opcode.toString(16).padStart(2, '0')}`;
      names[index] = name;
      builder.define(name, HANDLER_PARAMS, 'i32', (c, ip, prefixes) => {
        const operands: OpenOperands = { after: c.newLocal() };
        if (hasModrm(lines)) {
          operands.modrm = c.newLocal();
          c.set(operands.modrm, c.load(c.get(ip), 8, 1));
        }
        emitOpcode({ c, ip, prefixes, operands, helpers, helper }, lines, operandSize);
        undefinedOpcode(c);
        return undefined;
      });
    }
  }
  builder.functionTable('handlers', names);
  return defineStep(builder, helpers);
};

const defineStep = (builder: ModuleBuilder, helpers: CompleteHelpers): Callee =>
  builder.define('step', [], 'i32', (c) => {
    const start = c.call(helpers.imports['fetch']!);
    c.if(c.eqz(start), () => c.return(STEP.fault));
    c.store(STATE.instruction, start);
    const ip = c.newLocal();
    const prefixes = c.newLocal();
    const byte = c.newLocal();
    const size16 = c.newLocal();
    const wide = c.keep(c.and(c.load(STATE.mode), MODE.code32));
    c.set(ip, start);
    c.set(prefixes, c.select(wide, 0, PREFIX.address16));
    c.set(size16, c.eqz(wide));
    const setBits = (mask: number, value: Operand) => c.set(prefixes, c.or(c.and(c.get(prefixes), ~mask), value));
    const isByte = (value: number) => c.eq(c.get(byte), value);
    c.block('opcode', () => {
      c.loop('prefix', () => {
        c.set(byte, c.load(c.get(ip), 8));
        c.block('consumed', () => {
          c.if(isByte(0x66), () => {
            c.set(size16, c.ne(wide, 0));
            c.break('consumed');
          });
          c.if(isByte(0x67), () => {
            setBits(PREFIX.address16, c.select(wide, PREFIX.address16, 0));
            c.break('consumed');
          });
          c.if(c.eq(c.and(c.get(byte), 0xe7), 0x26), () => {
            setBits(PREFIX.segment, c.add(c.and(c.shrU(c.get(byte), 3), 3), 1));
            c.break('consumed');
          });
          c.if(c.eq(c.and(c.get(byte), 0xfe), 0x64), () => {
            setBits(PREFIX.segment, c.sub(c.get(byte), 0x5f));
            c.break('consumed');
          });
          c.if(isByte(0xf0), () => {
            setBits(PREFIX.lock, PREFIX.lock);
            c.break('consumed');
          });
          c.if(c.eq(c.and(c.get(byte), 0xfe), 0xf2), () => {
            setBits(0xff << PREFIX.repShift, c.shl(c.get(byte), PREFIX.repShift));
            c.break('consumed');
          });
          c.break('opcode');
        });
        c.set(ip, c.add(c.get(ip), 1));
        c.break('prefix');
      });
    });
    const index = c.newLocal();
    c.set(index, c.get(byte));
    c.if(isByte(0x0f), () => {
      c.set(ip, c.add(c.get(ip), 1));
      c.set(index, c.or(c.load(c.get(ip), 8), 0x100));
    });
    c.set(index, c.or(c.get(index), c.shl(c.get(size16), 9)));
    const next = c.callIndirect('handlers', c.get(index), HANDLER_PARAMS, [c.get(ip), c.get(prefixes)], 'i32');
    c.if(c.eqz(next), () => c.return(STEP.fault));
    c.if(c.ne(next, EIP_SET), () => c.store(STATE.eip, c.add(c.load(STATE.eip), c.sub(next, start))));
    return c.const(STEP.done);
  });

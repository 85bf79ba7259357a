/**
 * The hot interpreter: the frequent instructions of flat 32-bit code inlined in one function without calls.
 * The instruction pointer is a host pointer into the current page, advanced only when an instruction is complete:
 * whatever is not handled here (a TLB miss, a rare instruction, the end of a page) leaves with nothing changed
 * and is done by the complete interpreter.
 */
import type { Line } from '../isa/line.ts';
import { OPERANDS } from '../isa/operands.ts';
import { hasModrm, linesOf } from '../isa/table.ts';
import { HEAT, HEAT_ENTRIES, PAGE_SIZE, STATE } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Callee, Code, Local, ModuleBuilder, Operand, Val } from '../wasm/code.ts';
import { HOT_EXIT } from './exits.ts';
import { type OpenOperands, OpenOps, registerAddress } from './open.ts';

/** An instruction must start this far before a page's end to be surely inside it. */
const WINDOW = PAGE_SIZE - 15;

interface Frame {
  c: Code;
  ip: Local;
  /** Host address of the page the window is on, and what turns host pointers into EIP. */
  page: Local;
  delta: Local;
  fuel: Local;
  tlbRead: Local;
  tlbWrite: Local;
  opcodeBytes: Local;
  modrm: Local;
  after: Local;
  /** Effective address, and the host address of the r/m operand. */
  linear: Local;
  host: Local;
}
/** Leaves the instruction that has been started, or one that has not. */
const SLOW = 'slow';
const UNSTARTED = 'unstarted';
const NEXT = 'next';
const ENTRY = 'entry';

/** Linear address → host address in `into`, or out by the slow exit. */
const translate = (f: Frame, table: Local, into: Local, linear: Val, width: Width): void => {
  const { c } = f;
  const entry = c.load(c.add(c.get(table), c.shl(c.shrU(linear, 12), 2)));
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

/** Effective address of a 32-bit ModRM memory operand into f.linear; f.after behind the displacement. */
const decodeAddress = (f: Frame, opcodeLength: number): void => {
  const { c } = f;
  const at = () => c.get(f.ip);
  const rm = c.copy(c.and(c.get(f.modrm), 7));
  const add = (v: Val) => c.set(f.linear, c.add(c.get(f.linear), v));
  const plain = opcodeLength + 1;
  const decoded = c.label('decoded');
  const displacement = c.label('displacement');
  c.block(decoded, () => {
    c.block(displacement, () => {
      c.if(c.eq(rm, 4), () => {
        const sib = c.copy(c.load(at(), 8, plain));
        const base = c.copy(c.and(sib, 7));
        c.set(f.after, c.add(at(), plain + 1));
        c.if(
          c.and(c.eq(base, 5), c.ltU(c.get(f.modrm), 0x40)),
          () => {
            c.set(f.linear, c.load(at(), 32, plain + 1));
            c.set(f.after, c.add(at(), plain + 5));
          },
          () => c.set(f.linear, c.load(c.shl(base, 2))),
        );
        const index = c.copy(c.and(c.shrU(sib, 1), 0x1c));
        c.if(c.ne(index, 0x10), () => add(c.shl(c.load(index), c.shrU(sib, 6))));
        c.break(displacement);
      });
      c.set(f.after, c.add(at(), plain));
      c.if(c.and(c.eq(rm, 5), c.ltU(c.get(f.modrm), 0x40)), () => {
        c.set(f.linear, c.load(at(), 32, plain));
        c.set(f.after, c.add(at(), plain + 4));
        c.break(decoded);
      });
      c.set(f.linear, c.load(c.shl(rm, 2)));
    });
    c.break(decoded, c.ltU(c.get(f.modrm), 0x40));
    c.if(
      c.and(c.get(f.modrm), 0x40),
      () => {
        add(c.loadS8(c.get(f.after)));
        c.set(f.after, c.add(c.get(f.after), 1));
      },
      () => {
        add(c.load(c.get(f.after)));
        c.set(f.after, c.add(c.get(f.after), 4));
      },
    );
  });
};

class HotOps extends OpenOps {
  private readonly f: Frame;
  /** Set when the semantics has moved the instruction pointer itself. */
  jumped = false;

  constructor(f: Frame, line: Line, operandSize: 16 | 32, operands: OpenOperands) {
    super(f.c, line, operandSize, operands);
    this.f = f;
  }

  protected opcode(): Val {
    return this.c.get(this.f.opcodeBytes);
  }
  protected getMemory(_operand: number, width: Width): Val {
    return this.c.keep(this.c.load(this.c.get(this.f.host), width));
  }
  protected setMemory(_operand: number, width: Width, value: Operand): void {
    this.c.store(this.c.get(this.f.host), value, width);
  }
  /** What is written for the complete interpreter only is marked cold in the opcode table. */
  private cold(): never {
    throw new Error(`${this.line.mnemonic} is not for the hot interpreter`);
  }
  get64 = (): Val => this.cold();
  set64 = (): void => this.cold();
  openForWriting = (): void => this.cold();
  getExponent = (): Val => this.cold();
  setExponent = (): void => this.cold();
  recordPointers = (): void => this.cold();
  stackIndex = (): Val => this.cold();
  mode = (): Val => this.cold();
  displace = (): void => this.cold();
  loadData = (): Val => this.cold();
  helper = (): Callee => this.cold();

  address(): Val {
    return this.c.get(this.f.linear);
  }
  ifMemory(_operand: number, memory: () => void, register: () => void): void {
    this.c.if(this.c.ltU(this.c.get(this.f.modrm), 0xc0), memory, register);
  }
  private static readonly ESP = 4;
  push(value: Operand, bits: 16 | 32): void {
    const { c, f } = this;
    const v = c.keep(value);
    const esp = c.copy(c.sub(this.reg(HotOps.ESP), bits / 8));
    const host = c.newLocal();
    translate(f, f.tlbWrite, host, esp, bits);
    c.store(c.get(host), v, bits);
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
    translate(this.f, this.f.tlbRead, host, this.c.keep(offset), bits);
    return this.c.keep(this.c.load(this.c.get(host), bits));
  }
  /** Host pointer to the next instruction. */
  private next(): Val {
    return this.c.add(this.c.get(this.f.after), this.immediateBytes());
  }
  nextEip(): Val {
    return this.c.sub(this.next(), this.c.get(this.f.delta));
  }
  private go(pointer: Operand, label: string): void {
    this.c.set(this.f.ip, pointer);
    this.c.break(label);
    this.jumped = true;
  }
  jump(target: Val): void {
    this.go(this.c.add(target, this.c.get(this.f.delta)), ENTRY);
  }
  jumpRelative(operand: number): void {
    const { c, f } = this;
    const relative = c.copy(c.signExtend(this.get(operand), 32));
    c.set(f.ip, c.add(this.next(), relative));
    c.break(ENTRY, c.ltS(relative, 0));
    c.break(NEXT);
    this.jumped = true;
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
  /** Goes on behind the instruction, unless it has jumped. */
  finish(): void {
    if (!this.jumped) this.go(this.next(), NEXT);
  }
}

/** Decodes the operands of one line and runs its semantics. */
const emitLine = (f: Frame, line: Line, operandSize: 16 | 32, opcodeLength: number): void => {
  const { c } = f;
  const kinds = line.operands.map((k) => OPERANDS[k]);
  const operands: OpenOperands = { after: f.after, modrm: f.modrm };
  const ops = new HotOps(f, line, operandSize, operands);
  const rm = kinds.findIndex((k) => k.place === 'rm' || k.place === 'memory');
  const moffs = kinds.findIndex((k) => k.place === 'moffs');
  if (rm >= 0) {
    const width = ops.widthOf(rm);
    const writes = rm === 0 && line.access !== 'read';
    const inMemory = () => {
      decodeAddress(f, opcodeLength);
      if (kinds[rm]!.place === 'memory') return;
      translate(f, writes ? f.tlbWrite : f.tlbRead, f.host, c.get(f.linear), width);
    };
    const inRegister = () => {
      c.set(f.after, c.add(c.get(f.ip), opcodeLength + 1));
      c.set(f.host, registerAddress(c, c.copy(c.and(c.get(f.modrm), 7)), width));
    };
    if (line.form === 'memory') {
      c.break(SLOW, c.geU(c.get(f.modrm), 0xc0));
      inMemory();
    } else c.if(c.ltU(c.get(f.modrm), 0xc0), inMemory, inRegister);
  } else if (moffs >= 0) {
    c.set(f.linear, c.load(c.get(f.ip), 32, opcodeLength));
    c.set(f.after, c.add(c.get(f.ip), opcodeLength + 4));
    translate(f, moffs === 0 ? f.tlbWrite : f.tlbRead, f.host, c.get(f.linear), ops.widthOf(moffs));
  } else c.set(f.after, c.add(c.get(f.ip), opcodeLength + (kinds.some((k) => k.place === 'reg') ? 1 : 0)));
  line.semantics(ops);
  ops.finish();
};

/** One arm: the lines of one opcode. */
const emitArm = (f: Frame, lines: readonly Line[], operandSize: 16 | 32, opcodeLength: number): void => {
  const { c } = f;
  if (hasModrm(lines)) c.set(f.modrm, c.and(c.shrU(c.get(f.opcodeBytes), 8), 0xff));
  const hot = lines.filter((l) => l.hot);
  if (hot.length === 1 && hot[0]!.extension < 0) {
    emitLine(f, hot[0]!, operandSize, opcodeLength);
    return;
  }
  const labels = Array.from({ length: 8 }, () => SLOW);
  const arms = hot.map((line) => {
    const label = c.label('ext');
    labels[line.extension] = label;
    return { label, line };
  });
  const extension = c.and(c.shrU(c.get(f.modrm), 3), 7);
  emitSwitch(
    c,
    extension,
    labels,
    SLOW,
    arms.map(({ label, line }) => ({ label, body: () => emitLine(f, line, operandSize, opcodeLength) })),
  );
};

/** A br_table whose arms follow one another; every arm must end with a jump of its own. */
export const emitSwitch = (
  c: Code,
  index: Val,
  labels: string[],
  otherwise: string,
  arms: { label: string; body: () => void }[],
): void => {
  const nest = (n: number): void => {
    if (n < 0) {
      c.switch(index, labels, otherwise);
      return;
    }
    c.block(arms[n]!.label, () => nest(n - 1));
    arms[n]!.body();
  };
  nest(arms.length - 1);
};

/** Opcodes that share an arm: the register is in the opcode and found at run time. */
const armOf = (opcode: number): number => {
  const lines = linesOf(opcode);
  const first = lines[0];
  if (!first || !first.operands.some((k) => OPERANDS[k].place === 'opcode')) return opcode;
  return opcode & ~7;
};

/** Dispatches on the opcode at f.ip + skip. */
const emitMap = (
  f: Frame,
  map: number,
  operandSize: 16 | 32,
  opcodeLength: number,
  special: Record<number, string>,
): void => {
  const { c } = f;
  const labels: string[] = [];
  const arms = new Map<number, { label: string; body: () => void }>();
  for (let byte = 0; byte < 256; byte++) {
    const lines = linesOf(map | byte);
    if (special[byte]) labels.push(special[byte]);
    else if (!lines.some((l) => l.hot)) labels.push(SLOW);
    else {
      const key = armOf(map | byte);
      let arm = arms.get(key);
      if (!arm) {
        arm = { label: c.label('op'), body: () => emitArm(f, lines, operandSize, opcodeLength) };
        arms.set(key, arm);
      }
      labels.push(arm.label);
    }
  }
  const index = c.and(c.get(f.opcodeBytes), 0xff);
  emitSwitch(c, index, labels, SLOW, [...arms.values()]);
};

/** Counts an execution of the code at a host address; gives the new count. */
export const heatUp = (c: Code, host: Val): Val => {
  const h = c.keep(host);
  const slot = c.copy(c.shl(c.and(c.xor(h, c.shrU(h, 12)), HEAT_ENTRIES - 1), 2));
  const count = c.copy(c.add(c.load(slot, 32, HEAT), 1));
  c.store(slot, count, 32, HEAT);
  return count;
};
/** The slot that heatUp uses. */
export const heatSlot = (host: number): number => (host ^ (host >>> 12)) & (HEAT_ENTRIES - 1);

/** Defines `hot(threshold) → HOT_EXIT`: runs from STATE.eip until it must leave; EIP and fuel are then stored. */
export const defineHot = (builder: ModuleBuilder): Callee =>
  builder.define('hot', ['i32'], 'i32', (c, threshold) => {
    const local = () => c.newLocal();
    const f: Frame = {
      c,
      ip: local(),
      page: local(),
      delta: local(),
      fuel: local(),
      tlbRead: local(),
      tlbWrite: local(),
      opcodeBytes: local(),
      modrm: local(),
      after: local(),
      linear: local(),
      host: local(),
    };
    const leave = (reason: number) => {
      c.store(STATE.eip, c.sub(c.get(f.ip), c.get(f.delta)));
      c.store(STATE.fuel, c.get(f.fuel));
      c.return(reason);
    };
    c.set(f.fuel, c.load(STATE.fuel));
    c.set(f.tlbRead, c.load(STATE.tlbRead));
    c.set(f.tlbWrite, c.load(STATE.tlbWrite));
    c.set(f.ip, c.load(STATE.eip));
    c.set(f.page, c.const(-1));
    c.set(f.delta, c.const(0));
    const exec = c.keep(c.load(STATE.tlbExec));

    /** Brings page, delta and ip to where EIP is now; leaves if the page is not known. */
    const window = () =>
      c.if(c.geU(c.sub(c.get(f.ip), c.get(f.page)), WINDOW), () => {
        const eip = c.copy(c.sub(c.get(f.ip), c.get(f.delta)));
        const entry = c.copy(c.load(c.add(exec, c.shl(c.shrU(eip, 12), 2))));
        c.set(f.ip, eip);
        c.set(f.delta, c.const(0));
        c.set(f.page, c.const(-1));
        c.break(UNSTARTED, c.eqz(entry));
        c.break(UNSTARTED, c.geU(c.and(eip, PAGE_SIZE - 1), WINDOW));
        c.set(f.page, c.and(entry, -PAGE_SIZE));
        c.set(f.ip, c.or(c.get(f.page), c.and(eip, PAGE_SIZE - 1)));
        c.set(f.delta, c.sub(c.get(f.ip), eip));
      });

    // The first instruction runs without a look at the heat: the dispatcher has just decided that.
    const first = c.newLocal();
    c.set(first, c.const(1));
    c.block('out', () => {
      c.block(UNSTARTED, () => {
        c.block(SLOW, () => {
          c.loop(ENTRY, () => {
            c.if(
              c.get(first),
              () => c.set(first, c.const(0)),
              () => {
                window();
                const count = c.copy(heatUp(c, c.get(f.ip)));
                c.if(c.geS(count, c.get(threshold)), () => leave(HOT_EXIT.entry));
              },
            );
            c.loop(NEXT, () => {
              window();
              c.break('out', c.eqz(c.get(f.fuel)));
              c.set(f.fuel, c.sub(c.get(f.fuel), 1));
              c.set(f.opcodeBytes, c.load(c.get(f.ip), 16));
              emitHotMaps(f);
            });
          });
        });
        c.set(f.fuel, c.add(c.get(f.fuel), 1));
      });
      leave(HOT_EXIT.slow);
    });
    leave(HOT_EXIT.fuel);
    return undefined;
  });

const emitHotMaps = (f: Frame): void => {
  const { c } = f;
  const TWO_BYTE = 'two-byte';
  c.block(TWO_BYTE, () => emitMap(f, 0, 32, 1, { 15: TWO_BYTE }));
  c.set(f.opcodeBytes, c.load(c.get(f.ip), 16, 1));
  emitMap(f, 0x0f00, 32, 2, {});
};

/**
 * The hot interpreter: the frequent instructions of flat 32-bit code inlined in one function without calls.
 * The instruction pointer is a host pointer into the current page, advanced only when an instruction is complete:
 * whatever is not handled here (a TLB miss, a rare instruction, the end of a page) leaves with nothing changed
 * and is done by the complete interpreter.
 */
import type { HotMap } from '../isa/hot-maps.ts';
import { isOptional, type Line, levelBit, writesOperand } from '../isa/line.ts';
import { OPERANDS } from '../isa/operands.ts';
import { hasModrm } from '../isa/table.ts';
import {
  FS,
  HEAT,
  HEAT_ENTRIES,
  type HotKind,
  MODE,
  PAGE_SIZE,
  SEG_BASE,
  STATE,
  segment,
  TLB_EXEC,
  TLB_TABLE_SIZE,
} from '../layout.ts';
import type { Arm, Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { HOT_EXIT } from './exits.ts';
import { type HotArm, hotLines, planArms } from './hot-arms.ts';
import {
  decodeAddress,
  ENTRY,
  type Frame,
  findArm,
  HotOps,
  MOVED,
  NEXT,
  SLOW,
  TAKEN,
  translate,
  UNSTARTED,
} from './hot-operands.ts';
import { registerAddress } from './open.ts';

/** An instruction must start this far before a page's end for it and the first byte behind it to be surely inside. */
const WINDOW = PAGE_SIZE - 16;

const LOCK = 0xf0;
const CS_OVERRIDE = 0x2e;
/** Prefixes that are not idle: LOCK where it cannot be (#UD), CS where its operand is written (#GP). */
const refusePrefix = (f: Frame, line: Line, writesMemory: boolean): void => {
  const { c } = f;
  const is = (prefix: number) => c.eq(c.load(c.get(f.ip), 8), prefix);
  c.break(SLOW, line.lockable ? c.geU(c.get(f.modrm), 0xc0) : is(LOCK));
  if (writesMemory) c.break(SLOW, is(CS_OVERRIDE));
};

/** Decodes the operands of one line of an arm and runs its semantics. */
const emitLine = (f: Frame, { prefix, length, modrm: known }: HotArm, line: Line): void => {
  const { c } = f;
  const kind = prefix?.kind;
  const kinds = line.operands.map((k) => OPERANDS[k]);
  const ops = new HotOps(f, line, kind === 'operand' ? 16 : 32, known);
  const modrm = known === undefined ? c.get(f.modrm) : c.const(known);
  const rm = kinds.findIndex((k) => k.place === 'rm' || k.place === 'memory');
  const moffs = kinds.findIndex((k) => k.place === 'moffs');
  const addBase = () => {
    if (kind === 'segment') c.set(f.linear, c.add(c.get(f.linear), c.get(f.base)));
  };
  const writes = rm === 0 && writesOperand(line);
  if (isOptional(line)) c.break(SLOW, c.eqz(c.and(c.load(STATE.levels), levelBit(line.cpu))));
  if (kind === 'idle') refusePrefix(f, line, writes);
  if (rm >= 0) {
    const width = ops.widthOf(rm);
    const inMemory = () => {
      decodeAddress(f, modrm, length);
      if (!writes) ops.lookAhead();
      if (kinds[rm]!.place === 'memory' || line.access === 'none') return;
      addBase();
      translate(f, writes, f.host, c.get(f.linear), width);
    };
    const inRegister = () => {
      c.set(f.after, c.add(c.get(f.ip), length + 1));
      c.set(f.host, registerAddress(c, c.copy(c.and(modrm, 7)), width));
      if (!writes || modrm.constant !== undefined) ops.lookAhead();
    };
    if (line.form === 'memory' || kind === 'segment') {
      c.break(SLOW, c.geU(modrm, 0xc0));
      inMemory();
    } else if (line.form === 'register') {
      c.break(SLOW, c.ltU(modrm, 0xc0));
      inRegister();
    } else c.if(c.ltU(modrm, 0xc0), inMemory, inRegister);
  } else if (moffs >= 0) {
    c.set(f.linear, c.load(c.get(f.ip), 32, length));
    c.set(f.after, c.add(c.get(f.ip), length + 4));
    addBase();
    translate(f, moffs === 0, f.host, c.get(f.linear), ops.widthOf(moffs));
  } else {
    c.set(f.after, c.add(c.get(f.ip), length + (kinds.some((k) => k.place === 'reg') ? 1 : 0)));
    ops.lookAhead();
  }
  line.semantics(ops);
  ops.finish();
};

/** The lines of an arm, one of them by ModRM.reg if there are several. */
const emitLines = (f: Frame, arm: HotArm): void => {
  const { c } = f;
  const { lines } = arm;
  if (hasModrm(lines) && arm.modrm === undefined) c.set(f.modrm, c.load(c.get(f.ip), 8, arm.length));
  const [only] = lines;
  // Where ModRM is the second byte, the dispatch has chosen the line.
  if (arm.length === 1 || (lines.length === 1 && only!.extension < 0)) {
    emitLine(f, arm, only!);
    return;
  }
  const labels = Array.from({ length: 8 }, () => SLOW);
  const arms = lines.map((line): Arm => {
    const label = c.label('ext');
    labels[line.extension] = label;
    return { label, body: () => c.scope(() => emitLine(f, arm, line)) };
  });
  c.switchOver(c.and(c.shrU(c.get(f.modrm), 3), 7), labels, SLOW, arms);
};

/** Opcodes 0F behind a prefix: by the byte that follows. */
const emitTwoByte = (f: Frame, prefix: HotMap): void => {
  const { c } = f;
  const arms: Arm[] = [];
  const labels = Array.from({ length: 256 }, (_, opcode) => {
    const lines = hotLines(0x0f00 | opcode, prefix);
    if (!lines.length) return SLOW;
    const label = c.label('two-byte');
    arms.push({ label, body: () => c.scope(() => emitLines(f, { prefix, lines, length: 3, modrm: undefined })) });
    return label;
  });
  c.switchOver(c.load(c.get(f.ip), 8, 2), labels, SLOW, arms);
};

/** The base of FS or GS into f.base, if nothing but the base counts. */
const openSegment = (f: Frame): void => {
  const { c } = f;
  const gs = c.copy(c.and(c.load(c.get(f.ip), 8), 1));
  c.break(SLOW, c.eqz(c.and(c.load(STATE.mode), c.shl(MODE.flatFs, gs))));
  c.set(f.base, c.load(c.shl(gs, 4), 32, segment(FS) + SEG_BASE));
};

const emitArm = (f: Frame, arm: HotArm): void => {
  if (arm.prefix?.kind === 'segment') openSegment(f);
  if (arm.lines.length) emitLines(f, arm);
  else emitTwoByte(f, arm.prefix!);
};

/** All instructions, by f.arm. */
const emitInstructions = (f: Frame): void => {
  const { c } = f;
  const arms = planArms(f.kind).arms.map(
    (arm): Arm => ({ label: c.label('arm'), body: () => c.scope(() => emitArm(f, arm)) }),
  );
  c.switchOver(
    c.get(f.arm),
    arms.map(({ label }) => label),
    SLOW,
    arms,
  );
};

const heatOffset = (c: Code, host: Val): Val => c.shl(c.and(c.xor(host, c.shrU(host, 12)), HEAT_ENTRIES - 1), 2);

/** Counts an execution of the code at a host address, `weight` times; gives the new count. */
export const heatUp = (c: Code, host: Val, weight = 1): Val => {
  const slot = c.copy(heatOffset(c, c.keep(host)));
  const count = c.copy(c.add(c.load(slot, 32, HEAT), weight));
  c.store(slot, count, 32, HEAT);
  return count;
};
/** How often the code at a host address has been executed. */
const heatOf = (c: Code, host: Val): Val => c.load(heatOffset(c, host), 32, HEAT);
/** The slot that heatUp uses. */
export const heatSlot = (host: number): number => (host ^ (host >>> 12)) & (HEAT_ENTRIES - 1);

/**
 * Defines `hot(threshold) → HOT_EXIT`: runs from STATE.eip until it must leave; EIP and fuel are then stored. The one
 * that does not count leaves heat alone, for runs without a translator. `executed` hears of every instruction.
 */
export const defineHot = (builder: ModuleBuilder, name: string, kind: HotKind, executed?: Callee): Callee =>
  builder.define(name, ['i32'], 'i32', (c, threshold) => {
    const local = () => c.newLocal();
    const f: Frame = {
      c,
      kind,
      ip: local(),
      last: local(),
      delta: local(),
      fuel: local(),
      arm: local(),
      tlb: local(),
      base: local(),
      modrm: local(),
      after: local(),
      linear: local(),
      host: local(),
    };
    const temporary = [f.base, f.modrm, f.after, f.linear, f.host];
    const leave = (reason: number) => {
      c.store(STATE.eip, c.sub(c.get(f.ip), c.get(f.delta)));
      c.store(STATE.fuel, c.get(f.fuel));
      c.return(reason);
    };
    c.set(f.fuel, c.load(STATE.fuel));
    c.set(f.tlb, c.load(STATE.tlbRead));
    c.set(f.ip, c.load(STATE.eip));
    c.set(f.delta, c.const(0));

    const announce = (times: number) => {
      if (executed) c.call(executed, c.sub(c.get(f.ip), c.get(f.delta)), times);
    };

    /** Brings ip, last and delta to where EIP is now; leaves if the page is not known, or without fuel. */
    const openPage = () => {
      const eip = c.copy(c.sub(c.get(f.ip), c.get(f.delta)));
      const offset = c.copy(c.and(eip, PAGE_SIZE - 1));
      const slot = c.copy(c.shrU(eip, 12));
      const entry = c.copy(c.load(c.add(c.get(f.tlb), c.shl(slot, 2)), 32, TLB_EXEC));
      c.set(f.ip, eip);
      c.set(f.delta, c.const(0));
      c.break(UNSTARTED, c.eqz(entry));
      // An instruction may reach beyond the page's end only if what follows lies behind it in memory, too.
      const next = c.and(c.shl(c.add(slot, 1), 2), TLB_TABLE_SIZE - 1);
      const following = c.load(c.add(c.get(f.tlb), next), 32, TLB_EXEC);
      const inside = c.select(c.eq(following, c.add(entry, PAGE_SIZE)), PAGE_SIZE, WINDOW);
      const length = c.copy(inside);
      c.break(UNSTARTED, c.geU(offset, length));
      c.break('out', c.leS(c.get(f.fuel), 0));
      const page = c.copy(c.and(entry, -PAGE_SIZE));
      c.set(f.ip, c.or(page, offset));
      c.set(f.delta, c.sub(c.get(f.ip), eip));
      c.set(f.last, c.add(page, c.sub(length, 1)));
      findArm(f, c.get(f.ip));
      // Every instruction has a byte at least, so fuel cannot run out before ip passes `last` or jumps.
      c.if(c.ltS(c.get(f.fuel), PAGE_SIZE), () => {
        const reach = c.copy(c.sub(c.add(c.get(f.ip), c.get(f.fuel)), 1));
        c.if(c.ltU(reach, c.get(f.last)), () => c.set(f.last, reach));
      });
    };
    /** One instruction; arms go on at NEXT, TAKEN, ENTRY or MOVED. */
    const instruction = () => {
      for (const decoded of temporary) c.set(decoded, c.const(0));
      c.break(MOVED, c.gtU(c.get(f.ip), c.get(f.last)));
      announce(1);
      emitInstructions(f);
    };
    const first = c.newLocal();
    c.set(first, c.const(1));
    /** The first instruction runs without a look at the heat: the dispatcher has just decided that. */
    const leaveIfHot = () =>
      c.if(
        c.get(first),
        () => c.set(first, c.const(0)),
        () => {
          c.if(c.geS(heatOf(c, c.get(f.ip)), c.get(threshold)), () => leave(HOT_EXIT.entry));
        },
      );

    c.block('out', () => {
      c.block(UNSTARTED, () => {
        c.block(SLOW, () => {
          c.loop(MOVED, () => {
            openPage();
            c.loop(ENTRY, () => {
              if (kind === 'counting') leaveIfHot();
              c.loop(TAKEN, () => {
                if (kind === 'counting') heatUp(c, c.get(f.ip));
                c.forgettingLoop(NEXT, instruction);
              });
            });
          });
        });
        announce(-1);
      });
      leave(HOT_EXIT.slow);
    });
    leave(HOT_EXIT.fuel);
    return undefined;
  });

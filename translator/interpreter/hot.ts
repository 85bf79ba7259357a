/**
 * The hot interpreter: the frequent instructions of flat 32-bit code inlined in one function without calls.
 * The instruction pointer is a host pointer into the current page, advanced only when an instruction is complete:
 * whatever is not handled here (a TLB miss, a rare instruction, the end of a page) leaves with nothing changed
 * and is done by the complete interpreter.
 */
import { HOT_MAPS, type HotMap } from '../isa/hot-maps.ts';
import { isOptional, type Line, levelBit } from '../isa/line.ts';
import { OPERANDS } from '../isa/operands.ts';
import { hasModrm, linesOf } from '../isa/table.ts';
import {
  FS,
  HEAT,
  HEAT_ENTRIES,
  MODE,
  PAGE_SIZE,
  SEG_BASE,
  STATE,
  segment,
  TLB_EXEC,
  TLB_TABLE_SIZE,
} from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { HOT_EXIT } from './exits.ts';
import {
  decodeAddress,
  ENTRY,
  type Frame,
  HotOps,
  MOVED,
  NEXT,
  SLOW,
  TAKEN,
  translate,
  UNSTARTED,
} from './hot-operands.ts';
import { registerAddress } from './open.ts';
import { type Arm, emitSwitch } from './switch.ts';

/** An instruction must start this far before a page's end to be surely inside it. */
const WINDOW = PAGE_SIZE - 15;

/** One opcode map as it is being built: the kind of prefix before its opcodes, if any. */
interface MapContext {
  readonly f: Frame;
  readonly prefix: HotMap | undefined;
  /** Bytes of prefix and opcode. */
  readonly length: number;
}

const LOCK = 0xf0;
const CS_OVERRIDE = 0x2e;
/** Prefixes that are not idle: LOCK where it cannot be (#UD), CS where its operand is written (#GP). */
const refusePrefix = ({ f }: MapContext, line: Line, writesMemory: boolean): void => {
  const { c } = f;
  const is = (prefix: number) => c.eq(c.load(c.get(f.ip), 8), prefix);
  c.break(SLOW, line.lockable ? c.geU(c.get(f.modrm), 0xc0) : is(LOCK));
  if (writesMemory) c.break(SLOW, is(CS_OVERRIDE));
};

/** Decodes the operands of one line and runs its semantics. */
const emitLine = (context: MapContext, line: Line): void => {
  const { f, length } = context;
  const { c } = f;
  const kind = context.prefix?.kind;
  const kinds = line.operands.map((k) => OPERANDS[k]);
  const ops = new HotOps(f, line, kind === 'operand' ? 16 : 32, { after: f.after, modrm: f.modrm });
  const rm = kinds.findIndex((k) => k.place === 'rm' || k.place === 'memory');
  const moffs = kinds.findIndex((k) => k.place === 'moffs');
  const addBase = () => {
    if (kind === 'segment') c.set(f.linear, c.add(c.get(f.linear), c.get(f.base)));
  };
  const writes = rm === 0 && line.access !== 'read';
  if (isOptional(line)) c.break(SLOW, c.eqz(c.and(c.load(STATE.levels), levelBit(line.cpu))));
  if (kind === 'idle') refusePrefix(context, line, writes);
  if (rm >= 0) {
    const width = ops.widthOf(rm);
    const inMemory = () => {
      decodeAddress(f, length);
      if (kinds[rm]!.place === 'memory') return;
      addBase();
      translate(f, writes, f.host, c.get(f.linear), width);
    };
    const inRegister = () => {
      c.set(f.after, c.add(c.get(f.ip), length + 1));
      c.set(f.host, registerAddress(c, c.copy(c.and(c.get(f.modrm), 7)), width));
    };
    if (line.form === 'memory' || kind === 'segment') {
      c.break(SLOW, c.geU(c.get(f.modrm), 0xc0));
      inMemory();
    } else if (line.form === 'register') {
      c.break(SLOW, c.ltU(c.get(f.modrm), 0xc0));
      inRegister();
    } else c.if(c.ltU(c.get(f.modrm), 0xc0), inMemory, inRegister);
  } else if (moffs >= 0) {
    c.set(f.linear, c.load(c.get(f.ip), 32, length));
    c.set(f.after, c.add(c.get(f.ip), length + 4));
    addBase();
    translate(f, moffs === 0, f.host, c.get(f.linear), ops.widthOf(moffs));
  } else c.set(f.after, c.add(c.get(f.ip), length + (kinds.some((k) => k.place === 'reg') ? 1 : 0)));
  line.semantics(ops);
  ops.finish();
};

/** Lines of an opcode that this map has. A jump with a 16-bit operand goes to IP, not EIP. */
const hotLines = (opcode: number, prefix: HotMap | undefined): Line[] => {
  if (prefix && !prefix.opcodes.has(opcode)) return [];
  return linesOf(opcode).filter((l) => l.hot && !(prefix?.kind === 'operand' && l.ends !== 'no'));
};

/** One arm: the lines of one opcode. */
const emitArm = (context: MapContext, lines: readonly Line[]): void => {
  const { f } = context;
  const { c } = f;
  if (hasModrm(lines)) c.set(f.modrm, c.load(c.get(f.ip), 8, context.length));
  if (lines.length === 1 && lines[0]!.extension < 0) {
    emitLine(context, lines[0]!);
    return;
  }
  const labels = Array.from({ length: 8 }, () => SLOW);
  const arms = lines.map((line): Arm => {
    const label = c.label('ext');
    labels[line.extension] = label;
    return { label, body: () => c.scope(() => emitLine(context, line)) };
  });
  emitSwitch(c, c.and(c.shrU(c.get(f.modrm), 3), 7), labels, SLOW, arms);
};

/** Opcodes that share an arm: the register is in the opcode and found at run time. */
const armOf = (opcode: number): number => {
  const first = linesOf(opcode)[0];
  // Named by the last: the first of eight may be an instruction of its own (NOP before XCHG).
  return first?.operands.some((k) => OPERANDS[k].place === 'opcode') ? opcode | 7 : opcode;
};

/** Dispatches on the opcode in f.opcode; `map` is 0 or 0f00. */
const emitMap = (context: MapContext, map: number, special: ReadonlyMap<number, string>): void => {
  const { c } = context.f;
  const labels: string[] = [];
  const arms = new Map<number, Arm>();
  for (let byte = 0; byte < 256; byte++) {
    const label = special.get(byte);
    const lines = hotLines(map | byte, context.prefix);
    if (label) labels.push(label);
    else if (!lines.length) labels.push(SLOW);
    else {
      const key = armOf(map | byte);
      let arm = arms.get(key);
      if (!arm) {
        arm = { label: c.label('op'), body: () => c.scope(() => emitArm(context, lines)) };
        arms.set(key, arm);
      }
      labels.push(arm.label);
    }
  }
  emitSwitch(c, c.get(context.f.opcode), labels, SLOW, [...arms.values()]);
};

/** Both maps behind a prefix, or behind none. */
const emitMaps = (f: Frame, prefix?: HotMap, prefixes: ReadonlyMap<number, string> = new Map()): void => {
  const { c } = f;
  const before = prefix ? 1 : 0;
  const twoByte = c.label('two-byte');
  const special = new Map([...prefixes, [0x0f, twoByte]]);
  c.block(twoByte, () => emitMap({ f, prefix, length: before + 1 }, 0, special));
  c.set(f.opcode, c.load(c.get(f.ip), 8, before + 1));
  emitMap({ f, prefix, length: before + 2 }, 0x0f00, new Map());
};

/** The base of FS or GS into f.base, if nothing but the base counts. */
const openSegment = (f: Frame): void => {
  const { c } = f;
  const gs = c.copy(c.and(c.get(f.opcode), 1));
  c.break(SLOW, c.eqz(c.and(c.load(STATE.mode), c.shl(MODE.flatFs, gs))));
  c.set(f.base, c.load(c.shl(gs, 4), 32, segment(FS) + SEG_BASE));
};

/** PAUSE is REP NOP. */
const NOP = 0x90;
/** All instructions, by opcode and prefix. */
const emitInstructions = (f: Frame): void => {
  const { c } = f;
  const maps = HOT_MAPS.map((map) => ({ map, label: c.label('prefixed') }));
  const rep = c.label('rep');
  const prefixes = new Map(
    maps.flatMap(({ map, label }) => map.prefixes.map((byte): [number, string] => [byte, label])),
  );
  prefixes.set(0xf3, rep);
  const nest = (n: number): void => {
    if (n < 0) {
      c.block(rep, () => emitMaps(f, undefined, prefixes));
      c.break(SLOW, c.ne(c.load(c.get(f.ip), 8, 1), NOP));
      c.set(f.ip, c.add(c.get(f.ip), 2));
      c.break(NEXT);
      return;
    }
    const { map, label } = maps[n]!;
    c.block(label, () => nest(n - 1));
    if (map.kind === 'segment') openSegment(f);
    c.set(f.opcode, c.load(c.get(f.ip), 8, 1));
    emitMaps(f, map);
  };
  nest(maps.length - 1);
};

const heatOffset = (c: Code, host: Val): Val => c.shl(c.and(c.xor(host, c.shrU(host, 12)), HEAT_ENTRIES - 1), 2);

/** Counts an execution of the code at a host address, `weight` times; gives the new count. */
export const heatUp = (c: Code, host: Val, weight = 1): Val => {
  const slot = c.copy(heatOffset(c, c.keep(host)));
  const count = c.copy(c.add(c.load(slot, 32, HEAT), weight));
  c.store(slot, count, 32, HEAT);
  return count;
};
/** Marks the code at a host address as executed at least once. */
const touch = (c: Code, host: Val): void => {
  const slot = c.copy(heatOffset(c, host));
  c.store(slot, c.or(c.load(slot, 32, HEAT), 1), 32, HEAT);
};
/** The slot that heatUp uses. */
export const heatSlot = (host: number): number => (host ^ (host >>> 12)) & (HEAT_ENTRIES - 1);

/**
 * Defines `hot(threshold) → HOT_EXIT`: runs from STATE.eip until it must leave; EIP and fuel are then stored. The one
 * that does not count leaves heat alone, for runs without a translator. `executed` hears of every instruction.
 */
export const defineHot = (builder: ModuleBuilder, name: string, counting: boolean, executed?: Callee): Callee =>
  builder.define(name, ['i32'], 'i32', (c, threshold) => {
    const local = () => c.newLocal();
    const f: Frame = {
      c,
      counting,
      ip: local(),
      last: local(),
      delta: local(),
      fuel: local(),
      tlb: local(),
      opcode: local(),
      base: local(),
      modrm: local(),
      after: local(),
      linear: local(),
      host: local(),
    };
    const temporary = [f.opcode, f.base, f.modrm, f.after, f.linear, f.host];
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
      c.set(f.fuel, c.sub(c.get(f.fuel), 1));
      announce(1);
      c.set(f.opcode, c.load(c.get(f.ip), 8));
      emitInstructions(f);
    };
    const first = c.newLocal();
    c.set(first, c.const(1));
    /** The first instruction runs without a look at the heat: the dispatcher has just decided that. */
    const count = () =>
      c.if(
        c.get(first),
        () => c.set(first, c.const(0)),
        () => {
          const heat = c.copy(heatUp(c, c.get(f.ip)));
          c.if(c.geS(heat, c.get(threshold)), () => leave(HOT_EXIT.entry));
        },
      );

    c.block('out', () => {
      c.block(UNSTARTED, () => {
        c.block(SLOW, () => {
          c.loop(MOVED, () => {
            openPage();
            c.loop(ENTRY, () => {
              if (counting) count();
              c.loop(TAKEN, () => {
                if (counting) touch(c, c.get(f.ip));
                c.forgettingLoop(NEXT, instruction);
              });
            });
          });
        });
        c.set(f.fuel, c.add(c.get(f.fuel), 1));
        announce(-1);
      });
      leave(HOT_EXIT.slow);
    });
    leave(HOT_EXIT.fuel);
    return undefined;
  });

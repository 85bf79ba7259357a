/**
 * Memory as the complete interpreter reaches it: functions of the core module that find a ModRM operand's address,
 * translate it with all checks, and load and store by linear address; and what they call in the runtime.
 */

import { CS, DS, FS, MODE, PAGE_SIZE, SEG_BASE, SS, STATE, segment } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Callee, Code, Local, Operand, Type, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { vector } from '../wasm/vector.ts';
import { LINEAR } from './exits.ts';

/** Prefixes, packed for the handlers. */
export const PREFIX = {
  /** Segment override plus one in bits 0-2. */
  segment: 7,
  address16: 8,
  lock: 16,
  /** 66 is there, whatever size it stands for. */
  operand: 32,
  /** The REP byte in bits 8-15. */
  repShift: 8,
} as const;

/** Functions of the runtime that the complete interpreter calls; the runtime gives them as imports. */
const RUNTIME_IMPORTS: Readonly<Record<string, { params: Type[]; result?: Type }>> = {
  /** (segment, offset, bytes, bits of LINEAR) → linear address, after the checks of segmentation and alignment. */
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
  readonly load128: Callee;
  readonly store128: Callee;
  /** (modrm pointer, prefixes, fixed address size from prefixes) → offset; STATE.scratch: next pointer, segment. */
  readonly address: Callee;
  readonly linear: Callee;
}

/** Where `address` leaves its other results: host pointer behind the operand, and segment. */
export const NEXT_POINTER = STATE.scratch;
export const DEFAULT_SEGMENT = STATE.scratch + 4;

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

/** 16 bytes by linear address, at once if they lie in one page of RAM and nobody watches; else word by word. */
const define128 = (builder: ModuleBuilder, load: Callee, store: Callee) => {
  const fast = (c: Code, table: number, linear: Local, then: (host: Val) => void) => {
    const entry = c.load(c.add(c.load(table), c.shl(c.shrU(c.get(linear), 12), 2)));
    const host = c.copy(c.add(entry, c.get(linear)));
    const inside = c.leU(c.and(host, 0x80000fff), PAGE_SIZE - 16);
    c.if(c.and(inside, c.eqz(c.and(c.load(STATE.mode), MODE.debug))), () => then(host));
  };
  const words = [0, 1, 2, 3];
  return {
    load128: builder.define('load128', ['i32'], 'v128', (c, linear) => {
      const v = vector(c);
      fast(c, STATE.tlbRead, linear, (host) => c.return(v.load(host, 128)));
      return words.reduce((value, n) => {
        const word = c.call(load, c.add(c.get(linear), 4 * n));
        c.if(c.geS(c.load(STATE.faultVector), 0), () => c.return(value));
        return c.keep(v.replaceLane('i32x4', value, n, word));
      }, c.keep(v.zero()));
    }),
    store128: builder.define('store128', ['i32', 'v128'], undefined, (c, linear, value) => {
      const v = vector(c);
      fast(c, STATE.tlbWrite, linear, (host) => {
        v.store(host, c.get(value), 128);
        c.return();
      });
      for (const n of words) c.call(store, c.add(c.get(linear), 4 * n), v.lane('i32x4', c.get(value), n));
    }),
  };
};

/** Segment and offset → linear address, checks included; flat segments need none. */
const defineLinear = (builder: ModuleBuilder, imports: Record<string, Callee>): Callee =>
  builder.define('toLinear', ['i32', 'i32', 'i32', 'i32'], 'i32', (c, seg, offset, bytes, access) => {
    const mode = c.keep(c.load(STATE.mode));
    c.if(c.and(mode, MODE.flat), () => {
      // All but a write through CS, which no mode allows.
      const written = c.and(c.eq(c.get(seg), CS), c.and(c.get(access), LINEAR.write));
      c.if(c.and(c.leU(c.get(seg), DS), c.eqz(written)), () => c.return(c.get(offset)));
      // FS and GS: the bits for them are neighbours in the order of their encoding.
      c.if(c.and(mode, c.shl(MODE.flatFs, c.sub(c.get(seg), FS))), () =>
        c.return(c.add(c.get(offset), c.load(c.shl(c.get(seg), 4), 32, segment(0) + SEG_BASE))),
      );
    });
    return c.call(imports['linear']!, c.get(seg), c.get(offset), c.get(bytes), c.get(access));
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
    ...define128(builder, access[32].load, access[32].store),
    address: defineAddress(builder),
    linear: defineLinear(builder, imports),
  };
};

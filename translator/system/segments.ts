/** Loads of ES, DS, FS and GS with plain data segments of the GDT. SDM vol. 3, 3.4, 5.6. */
import { ACCESS } from '../access.ts';
import { DS, ES, FS, GS, MODE, SEG_ACCESS, SEG_BASE, SEG_LIMIT, SEG_SELECTOR, STATE, segment } from '../layout.ts';
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { defineSystem, descriptorOf, requireFlat, SLOW, UNLIMITED } from './plain.ts';

const KIND = ACCESS.segment | ACCESS.code | ACCESS.expandDown | ACCESS.readWrite | ACCESS.present | ACCESS.accessed;
const WRITABLE = ACCESS.segment | ACCESS.readWrite | ACCESS.present | ACCESS.accessed;

/** Defines loadSegment(register, selector): both as in the instruction. Only FS and GS change the mode. */
export const defineLoadSegment = (builder: ModuleBuilder): Callee =>
  defineSystem(builder, 'loadSegment', ['i32', 'i32'], (c, seg, selector) => {
    requireFlat(c);
    const known = (1 << ES) | (1 << DS) | (1 << FS) | (1 << GS);
    c.break(SLOW, c.eqz(c.and(c.shrU(known, c.get(seg!)), 1)));
    const cache = c.copy(c.shl(c.get(seg!), 4));
    const store = (field: number, value: Parameters<typeof c.store>[1]) =>
      c.store(cache, value, 32, segment(0) + field);
    const isFs = c.copy(c.geU(c.get(seg!), FS));
    const setMode = (flat: number) => {
      const bit = c.copy(c.shl(isFs, c.add(c.sub(c.get(seg!), FS), Math.log2(MODE.flatFs))));
      const rest = c.and(c.load(STATE.mode), c.xor(bit, -1));
      c.if(isFs, () => c.store(STATE.mode, flat ? c.or(rest, bit) : rest));
    };
    c.if(
      c.and(c.get(selector!), 0xfffc),
      () => {
        const { low, high, access } = descriptorOf(c, c.get(selector!));
        const base16 = c.copy(low);
        c.break(SLOW, c.ne(c.and(access, KIND), WRITABLE));
        c.break(SLOW, c.eqz(c.and(access, ACCESS.granular)));
        const dpl = c.copy(c.and(c.shrU(access, 5), 3));
        c.break(SLOW, c.or(c.ltU(dpl, c.load(STATE.cpl)), c.ltU(dpl, c.and(c.get(selector!), 3))));
        // No limit: FFFFF, in pages.
        c.break(SLOW, c.ne(c.or(c.and(base16, 0xffff), c.and(high, 0xf_0000)), 0xf_ffff));
        const upper = c.or(c.shl(c.and(high, 0xff), 16), c.and(high, 0xff00_0000));
        const base = c.copy(c.or(c.shrU(base16, 16), upper));
        c.break(SLOW, c.and(c.eqz(isFs), c.ne(base, 0)));
        store(SEG_SELECTOR, c.get(selector!));
        store(SEG_BASE, base);
        store(SEG_LIMIT, UNLIMITED);
        store(SEG_ACCESS, access);
        setMode(1);
      },
      () => {
        // Without DS or ES nothing is flat any more.
        c.break(SLOW, c.eqz(isFs));
        store(SEG_SELECTOR, c.get(selector!));
        store(SEG_ACCESS, 0);
        setMode(0);
      },
    );
  });

/**
 * Memory accesses of a region. Each finds its host address by the TLB: one load, one addition, one test; for the
 * unlikely rest the region is left. One that has been left too often is patient: it asks the core module, which may know
 * better, and costs half as much again to compile. One look-up may serve many accesses (window.ts).
 */
import { PAGE_SIZE } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Code, Local, Val } from '../wasm/code.ts';
import type { RegionContext } from './context.ts';
import type { InWindow } from './window.ts';

/** An access. */
export interface Access {
  readonly bytes: number;
  readonly write: boolean;
  /** What is not aligned is the interpreter's. */
  readonly strict?: boolean;
  /** Linear address, built where it is needed. */
  linear(): Val;
  /** Where it lies in a window. */
  readonly window?: InWindow | undefined;
}

export class Accesses {
  private readonly c: Code;
  private readonly r: RegionContext;

  constructor(region: RegionContext) {
    this.r = region;
    this.c = region.frame.c;
  }

  /** Zero-extended; kept. */
  load(access: Access, bits: Width): Val {
    const { c } = this;
    const { host, at } = this.place(access);
    return c.keep(c.load(host, bits, at));
  }
  store(access: Access, value: Val, bits: Width): void {
    const { host, at } = this.place(access);
    this.c.store(host, value, bits, at);
  }
  /** The host address, for all that may be done there. */
  host(access: Access): Val {
    const { c } = this;
    const { host, at } = this.place(access);
    return at ? c.keep(c.add(host, at)) : host;
  }

  /** A host address and a distance from it. */
  private place(access: Access): { readonly host: Val; readonly at: number } {
    if (!access.window) return { host: this.translate(access), at: 0 };
    const { window, at } = access.window;
    return { host: this.c.get(window.base), at };
  }

  private translate(access: Access): Val {
    const { c, r } = this;
    const { bytes, write, strict } = access;
    const a = c.keep(access.linear());
    const table = write ? r.frame.tlbWrite : r.frame.tlbRead;
    const host = c.newLocal();
    c.set(host, c.add(c.load(c.add(c.get(table), c.shl(c.shrU(a, 12), 2))), a));
    // Powers of two are aligned, or it is looked at where in the page they lie; as for ten bytes (x87), always.
    const aligned = bytes & (bytes - 1) ? 0xf : bytes - 1;
    const find = () => (r.isPatient ? this.find(host, a, bytes, write) : r.leaveForAccess());
    c.if(c.and(c.get(host), 0x80000000 | aligned), () => {
      if (strict) c.if(c.and(a, aligned), () => r.leaveSlow());
      // What is not aligned mostly lies in one page: the i386 ABI aligns doubles to four bytes only.
      if (aligned === 0 || strict || (r.isPatient && bytes < 8)) find();
      else c.if(c.gtU(c.and(c.get(host), 0x80000000 | (PAGE_SIZE - 1)), PAGE_SIZE - bytes), find);
    });
    return c.get(host);
  }
  private find(host: Local, linear: Val, bytes: number, write: boolean): void {
    const { c, r } = this;
    c.setToCall(host, write ? r.imports.hostForWrite : r.imports.hostForRead, linear, bytes);
    c.if(c.ltS(c.get(host), 0), () => r.leaveSlow());
    // So that V8 knows that the upper half of its 64-bit register is 0, here as in the usual case.
    c.set(host, c.and(c.get(host), 0x7fff_ffff));
  }
}

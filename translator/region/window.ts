/**
 * A piece of linear memory whose host address is looked up once for many accesses, if it lies in one piece; else
 * the region is left.
 */
import { PAGE_SIZE } from '../layout.ts';
import type { Code, Local, Val } from '../wasm/code.ts';
import { seldom } from '../x87/round.ts';

/** Bytes from the lowest access to the highest: of more a page would too often hold only a part. */
const LONGEST = PAGE_SIZE / 4;

/** Locals that look-ups are made with: what the region has, and two of their own. */
export interface WindowLocals {
  readonly tlbRead: Local;
  readonly tlbWrite: Local;
  readonly low: Local;
  readonly entry: Local;
}

/** Where an access lies in a window, in bytes from its base. */
export interface InWindow {
  readonly window: Window;
  readonly at: number;
}

export class Window {
  /** Host address of offset 0. */
  readonly base: Local;
  private readonly c: Code;
  /** What is accessed. */
  private first = LONGEST;
  private end = 0;
  private isWritten = false;

  constructor(c: Code, base: Local) {
    this.c = c;
    this.base = base;
  }

  /** Notes an access at an offset; undefined where it does not fit in. */
  reserve(at: number, bytes: number, write: boolean): InWindow | undefined {
    if (at < 0 || at + bytes > LONGEST) return undefined;
    this.first = Math.min(this.first, at);
    this.end = Math.max(this.end, at + bytes);
    this.isWritten ||= write;
    return { window: this, at };
  }

  /**
   * Looks the window up, once all accesses are known; offset 0 is `distance` bytes from the linear address that
   * `pointer` builds. What is written must be writable as a whole. `leave` leaves the region where there is none.
   */
  find(pointer: () => Val, distance: number, { tlbRead, tlbWrite, low, entry }: WindowLocals, leave: () => void): void {
    const { c, base, first, end } = this;
    const table = this.isWritten ? tlbWrite : tlbRead;
    const entryOf = (linear: Val) => c.load(c.add(c.get(table), c.shl(c.shrU(linear, 12), 2)));
    c.set(low, c.add(pointer(), distance + first));
    c.set(entry, entryOf(c.get(low)));
    c.set(low, c.add(c.get(entry), c.get(low)));
    c.set(base, c.sub(c.get(low), first));
    const leavesPage = c.gtU(c.and(c.get(low), 0x8000_0000 | (PAGE_SIZE - 1)), PAGE_SIZE - (end - first));
    c.if(seldom(c, leavesPage), () => {
      // Pages that follow one another in memory, too, have the same entry.
      const apart = c.ne(c.get(entry), entryOf(c.add(pointer(), distance + end - 1)));
      c.if(c.or(c.shrU(c.get(low), 31), apart), leave);
    });
  }
}

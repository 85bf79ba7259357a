/**
 * The stack as a region sees it: one look-up finds the host address of all it is going to use at constant distances
 * from ESP, where that lies in one piece. Accesses then need no look-up of their own, only to know that there was one.
 */
import { PAGE_SIZE } from '../layout.ts';
import type { Code, Local, Val } from '../wasm/code.ts';
import { seldom } from '../x87/round.ts';
import type { StackPlan } from './stack-plan.ts';

/** In the base: there is no window, every access looks for itself. */
const NONE = 0;
/** Bytes from the lowest access to the highest: of more a page would too often hold only a part. */
const LONGEST = PAGE_SIZE / 4;

export class StackWindow {
  /** Host address of the lowest place in the plan, or NONE. */
  readonly base: Local;
  /** Bit in masks of words. */
  readonly word: number;
  /** ESP − anchor where the code is that is being built, as the plan has it. */
  offset: number | undefined;
  private readonly low: Local;
  private readonly entry: Local;
  private readonly c: Code;
  private readonly plan: StackPlan;
  /** What is accessed, counted from the lowest place in the plan. */
  private first = LONGEST;
  private end = 0;
  private isWritten = false;

  constructor(c: Code, plan: StackPlan, word: number) {
    this.c = c;
    this.plan = plan;
    this.word = word;
    // Never `fresh`, and no temporaries: look-ups are built last, between what has been built before.
    const local = (name: string): Local => {
      const made = c.namedLocal(name);
      made.fresh = false;
      return made;
    };
    this.base = local('stack');
    this.low = local('stackLow');
    this.entry = local('stackEntry');
  }

  /** Where `bytes` bytes at ESP + `distance` lie, counted from the base; undefined where they are not in the window. */
  reserve(distance: number, bytes: number, write: boolean): number | undefined {
    if (this.offset === undefined) return undefined;
    const at = this.offset + distance - this.plan.lowest;
    if (at < 0 || at + bytes > LONGEST) return undefined;
    this.first = Math.min(this.first, at);
    this.end = Math.max(this.end, at + bytes);
    this.isWritten ||= write;
    return at;
  }

  /** ESP moves within an instruction, by a constant if it is one. */
  move(bytes: number | undefined): void {
    if (this.offset !== undefined) this.offset = bytes === undefined ? undefined : this.offset + bytes;
  }

  isMissing(): Val {
    return seldom(this.c, this.c.eqz(this.c.get(this.base)));
  }

  /** Looks the window up, ESP being `offset` above the anchor. What is written must be writable as a whole. */
  find(esp: Local, offset: number, tables: { readonly tlbRead: Local; readonly tlbWrite: Local }): void {
    const { c, low, entry, base, first, end } = this;
    const table = this.isWritten ? tables.tlbWrite : tables.tlbRead;
    const entryOf = (linear: Val) => c.load(c.add(c.get(table), c.shl(c.shrU(linear, 12), 2)));
    const lowest = this.plan.lowest - offset;
    c.set(low, c.add(c.get(esp), lowest + first));
    c.set(entry, entryOf(c.get(low)));
    c.set(low, c.add(c.get(entry), c.get(low)));
    c.set(base, c.sub(c.get(low), first));
    const leavesPage = c.gtU(c.and(c.get(low), 0x8000_0000 | (PAGE_SIZE - 1)), PAGE_SIZE - (end - first));
    c.if(seldom(c, leavesPage), () => {
      // Pages that follow one another in memory, too, have the same entry.
      const apart = c.ne(c.get(entry), entryOf(c.add(c.get(esp), lowest + end - 1)));
      const missing = c.or(c.shrU(c.get(low), 31), apart);
      // So that V8 knows that it has no sign to extend.
      c.set(base, c.and(c.select(missing, NONE, c.get(base)), 0x7fff_ffff));
    });
  }
}

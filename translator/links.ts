/**
 * How control goes from region to region: their calling convention, and the look-up of a link. A region is a
 * function (ESP, depth) → (EIP, ESP) where the guest goes on; all other state is in memory at both ends. `depth` is
 * how many guest calls may still become calls of generated code. Who calls compares the EIP that comes back with
 * its return site and returns at once where it differs, so that any way out of any region reaches the dispatcher.
 */
import { LED_TO, LED_TO_ENTRIES, LINK, LINK_ENTRIES, LINK_SIZE, LINKS, STATE } from './layout.ts';
import type { Code, Operand, Type, Val } from './wasm/code.ts';

/** Name of the table of region functions, which the dispatcher and regions import. */
export const REGION_TABLE = 'regions';
export const REGION_PARAMS: readonly Type[] = ['i32', 'i32'];

/** Host offset of the link of an EIP. */
export const linkSlot = (eip: number): number => LINKS + linkOffset(eip);
const linkOffset = (eip: number): number => ((eip ^ (eip >>> 14)) & (LINK_ENTRIES - 1)) * LINK_SIZE;

/** Host offset of the word that says where the indirect call or jump at EIP has led last. */
export const ledToSlot = (eip: number): number => LED_TO + ((eip ^ (eip >>> 10)) & (LED_TO_ENTRIES - 1)) * 4;

/** The link that EIP would have, as generated code finds it. */
export class Link {
  readonly #c: Code;
  readonly #eip: Val;
  readonly #offset: Val;

  /** `eip` is a constant or a local. */
  constructor(c: Code, eip: Val) {
    this.#c = c;
    this.#eip = eip;
    this.#offset =
      typeof eip.constant === 'number'
        ? c.const(linkOffset(eip.constant))
        : c.copy(c.mul(c.and(c.xor(eip, c.shrU(eip, 14)), LINK_ENTRIES - 1), LINK_SIZE));
  }

  /** Execute entry of the page that EIP lies in. */
  entry(): Val {
    const c = this.#c;
    const eip = this.#eip;
    const table = c.load(STATE.tlbExec);
    if (typeof eip.constant === 'number') return c.load(table, 32, (eip.constant >>> 12) * 4);
    return c.load(c.add(table, c.shl(c.shrU(eip, 12), 2)));
  }

  #field(field: number): Val {
    return this.#c.load(this.#offset, 32, LINKS + field);
  }

  /** Non-zero where the link is for other code: another EIP, mode, or mapping of the page. */
  misses(mode: Operand, entry: Val): Val {
    const c = this.#c;
    const eip = this.#eip.constant;
    const moved = c.xor(this.#field(LINK.entry), entry);
    if (typeof eip === 'number' && typeof mode === 'number') {
      // EIP and mode lie side by side.
      const code = c.const64((BigInt(mode >>> 0) << 32n) | BigInt(eip >>> 0));
      const other = c.op2('i64', 'xor', c.loadAs('i64', this.#offset, LINKS + LINK.eip), code);
      return c.op2('i64', 'ne', c.op2('i64', 'or', other, c.extend64U(moved)), 0);
    }
    const otherCode = c.or(c.xor(this.#field(LINK.eip), this.#eip), c.xor(this.#field(LINK.mode), mode));
    return c.or(otherCode, moved);
  }

  /** Index in the table of regions. */
  function(): Val {
    return this.#field(LINK.function);
  }

  make(mode: Operand, entry: Operand, index: Operand): void {
    const c = this.#c;
    c.store(this.#offset, this.#eip, 32, LINKS + LINK.eip);
    c.store(this.#offset, mode, 32, LINKS + LINK.mode);
    c.store(this.#offset, entry, 32, LINKS + LINK.entry);
    c.store(this.#offset, index, 32, LINKS + LINK.function);
  }
}

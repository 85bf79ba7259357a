/**
 * Who looks at the guest from outside: a debugger, a tracer. Pages that an observer names get no TLB entries, so each
 * access to them takes the slow path, and that asks here; all other code runs as fast as ever, and without observers
 * nothing is asked but where a TLB entry is missing anyway. Addresses and page numbers are linear.
 */
export interface Observer {
  /** Whether the instructions of a page are to be announced. */
  watchesCode(page: number): boolean;
  /** Whether accesses to data in a page are to be announced. */
  watchesData(page: number): boolean;
  /** The instruction at this address has been fetched and is about to be executed. True ends the run before it. */
  onFetch(linear: number): boolean;
  /** Bytes have been read or written, by an instruction or on behalf of one. */
  onAccess(linear: number, bytes: number, write: boolean): void;
}

const PAGE_SHIFT = 12;

export class Observers {
  #list: readonly Observer[] = [];
  /** Somebody looks on while translated code runs. */
  onTranslated = false;
  readonly #onChange: () => void;

  /** @param onChange must empty the TLB */
  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  /** `interpreted`: translated code does not run while it watches anything. */
  add(observer: Observer, interpreted = false): void {
    this.#list = [...this.#list, observer];
    this.onTranslated ||= !interpreted;
    this.#onChange();
  }

  remove(observer: Observer): void {
    this.#list = this.#list.filter((one) => one !== observer);
    this.#onChange();
  }

  /** An observer would answer otherwise from now on. */
  changed(): void {
    this.#onChange();
  }

  watchesCode(linear: number): boolean {
    return this.#list.length > 0 && this.#list.some((one) => one.watchesCode(linear >>> PAGE_SHIFT));
  }

  watchesData(linear: number): boolean {
    return this.#list.length > 0 && this.#list.some((one) => one.watchesData(linear >>> PAGE_SHIFT));
  }

  /** Announces an instruction; true when the run must end before it. */
  fetched(linear: number): boolean {
    let ends = false;
    for (const one of this.#list) if (one.onFetch(linear)) ends = true;
    return ends;
  }

  /** Announces an access; never crosses a page. */
  accessed(linear: number, bytes: number, write: boolean): void {
    for (const one of this.#list) one.onAccess(linear, bytes, write);
  }
}

/** Names of code by address. */

/** A function, or another thing with a name; addresses are linear. */
export interface CodeSymbol {
  readonly name: string;
  readonly address: number;
  /** Bytes; 0 where it is not known, and the symbol reaches to the next one. */
  readonly size: number;
}

/** A symbol that holds an address, and how far into it that is. */
export interface Located<S extends CodeSymbol = CodeSymbol> {
  readonly symbol: S;
  readonly offset: number;
}

/** Beyond this many bytes of unknown size an address is in no symbol at all. */
const FARTHEST = 1 << 20;

export class SymbolTable<S extends CodeSymbol = CodeSymbol> {
  readonly symbols: readonly S[];
  readonly #all: readonly S[];
  /** Made when first asked for: a kernel has tens of thousands. */
  #byName: Map<string, S> | undefined;

  /** In any order; of several at one address the first counts. */
  constructor(symbols: Iterable<S>) {
    const sorted = [...symbols].sort((a, b) => a.address - b.address);
    this.symbols = sorted.filter((symbol, n) => n === 0 || symbol.address !== sorted[n - 1]!.address);
    this.#all = sorted;
  }

  named(name: string): S | undefined {
    if (!this.#byName) {
      this.#byName = new Map();
      for (const symbol of this.#all) if (!this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol);
    }
    return this.#byName.get(name);
  }

  /** The symbol at or before an address, if the address is in it. */
  at(address: number): Located<S> | undefined {
    const symbol = this.#before(address);
    if (!symbol) return undefined;
    const offset = address - symbol.address;
    return offset < (symbol.size || FARTHEST) ? { symbol, offset } : undefined;
  }

  #before(address: number): S | undefined {
    let low = 0;
    let high = this.symbols.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.symbols[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return this.symbols[low - 1];
  }
}

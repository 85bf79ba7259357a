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
  readonly #byName = new Map<string, S>();

  /** In any order; of several at one address the first counts. */
  constructor(symbols: Iterable<S>) {
    const byAddress = new Map<number, S>();
    for (const symbol of symbols) {
      if (!byAddress.has(symbol.address)) byAddress.set(symbol.address, symbol);
      if (!this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol);
    }
    this.symbols = [...byAddress.values()].sort((a, b) => a.address - b.address);
  }

  named(name: string): S | undefined {
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

/** The binary format of modules, as far as modules are read and made without binaryen. */

/** Ids of sections. */
export const SECTION = { custom: 0, type: 1, import: 2, function: 3, table: 4, export: 7, code: 10 } as const;

export const leb = (value: number): number[] => {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
};

/** Their number, then the items. */
export const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];

/** Length in bytes, then the bytes. */
export const sized = (bytes: ArrayLike<number>): number[] => [...leb(bytes.length), ...Array.from(bytes)];

export const name = (text: string): number[] => sized(new TextEncoder().encode(text));

export const section = (id: number, body: readonly number[]): number[] => [id, ...sized(body)];

export const moduleOf = (...sections: readonly number[][]): Uint8Array<ArrayBuffer> =>
  new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);

export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** At most 32 bits. */
  signedLeb(): number {
    let value = 0;
    for (let shift = 0; ; ) {
      const byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
    }
  }

  /** The next bytes, their number first. */
  sized(): Uint8Array {
    const length = this.leb();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  name(): string {
    return new TextDecoder().decode(this.sized());
  }

  vector<Item>(item: () => Item): Item[] {
    return Array.from({ length: this.leb() }, item);
  }
}

/** Sections of a module in their order: `from` is where the id stands, `at` where the contents begin. */
export function* sections(module: Uint8Array): Generator<{ id: number; from: number; at: number }> {
  const reader = new Reader(module, 8);
  while (reader.at < module.length) {
    const from = reader.at;
    const id = reader.byte();
    const size = reader.leb();
    const { at } = reader;
    yield { id, from, at };
    reader.at = at + size;
  }
}

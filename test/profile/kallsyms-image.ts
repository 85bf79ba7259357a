/** Builds the tables of kallsyms as scripts of several Linux versions lay them out. */

/** "type" and name, by address. */
export type Listed = readonly (readonly [address: number, text: string])[];

/** Where the addresses are: themselves before the names (2.6), offsets there (4.6), or offsets behind (6.4). */
export type Version = '2.6' | '4.6' | '6.4';

const words = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, n) => {
    bytes.writeUInt32LE(value >>> 0, n * 4);
  });
  return bytes;
};
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** Tokens: characters for themselves, and a few that stand for more. */
const MORE: Readonly<Record<number, string>> = { 1: 'native_', 2: 'page_', 200: 'fault' };
const tokenTexts = Array.from({ length: 256 }, (_, n) => MORE[n] ?? (n > 32 && n < 127 ? String.fromCharCode(n) : ''));

const encode = (text: string): Buffer => {
  const tokens: number[] = [];
  for (let at = 0; at < text.length; ) {
    const more = Object.entries(MORE).find(([, long]) => text.startsWith(long, at));
    tokens.push(more ? Number(more[0]) : text.charCodeAt(at));
    at += more ? more[1].length : 1;
  }
  const length = tokens.length < 128 ? [tokens.length] : [(tokens.length & 127) | 128, tokens.length >> 7];
  return Buffer.from([...length, ...tokens]);
};

export const kallsymsImage = (symbols: Listed, version: Version): Buffer => {
  const names = symbols.map(([, text]) => encode(text));
  const markers: number[] = [];
  let at = 0;
  names.forEach((name, n) => {
    if (n % 256 === 0) markers.push(at);
    at += name.length;
  });
  const tokens = tokenTexts.map((text) => Buffer.from(`${text}\0`, 'latin1'));
  let offset = 0;
  const index = Buffer.alloc(512);
  tokens.forEach((token, n) => {
    index.writeUInt16LE(offset, n * 2);
    offset += token.length;
  });
  const base = symbols[0]![0];
  const addresses = words(symbols.map(([address]) => address));
  const offsets = Buffer.concat([words(symbols.map(([address]) => address - base)), words([base])]);
  return Buffer.concat([
    ...(version === '2.6' ? [addresses] : version === '4.6' ? [offsets] : []),
    words([symbols.length]),
    padded(Buffer.concat(names)),
    words(markers),
    padded(Buffer.concat(tokens)),
    index,
    ...(version === '6.4' ? [offsets] : []),
  ]);
};

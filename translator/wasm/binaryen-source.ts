/**
 * Binaryen's package carries its WebAssembly, 10 MB, as a string literal in its JavaScript. V8 scans that twice (once to
 * find the end of the function around it), and text and string stay in memory: 0.3 s and 25 MB in all. Here the literal
 * is taken out of the source before V8 sees it.
 */

/** How the literal begins: a module's first bytes. */
const BEGIN = '`\\0asm';
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;
const HEX = 0x78;
/** By the character behind a backslash: the byte meant. */
const ESCAPES = new Uint8Array(128).map((_, character) => {
  const simple: Record<string, string> = { 0: '\0', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };
  const text = String.fromCharCode(character);
  return (simple[text] ?? text).charCodeAt(0);
});

const hexDigit = (character: number): number => (character & 0xf) + (character > 0x39 ? 9 : 0);

export interface Parts {
  /** The source with an empty literal. */
  readonly text: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
}

/** Source and module apart; undefined when there is no such literal. Every byte of it is a character below 100h. */
export const takeApart = (source: Buffer): Parts | undefined => {
  const begin = source.indexOf(BEGIN);
  if (begin < 0) return undefined;
  const wasm = new Uint8Array(source.length);
  let length = 0;
  let at = begin + 1;
  for (; at < source.length && source[at] !== BACKTICK; at++) {
    let byte = source[at]!;
    if (byte === BACKSLASH) {
      const escaped = source[++at]!;
      if (escaped === HEX) {
        byte = (hexDigit(source[at + 1]!) << 4) | hexDigit(source[at + 2]!);
        at += 2;
      } else byte = ESCAPES[escaped]!;
    }
    wasm[length++] = byte;
  }
  return { text: source.toString('utf8', 0, begin + 1) + source.toString('utf8', at), wasm: wasm.slice(0, length) };
};

/** System.map: a line a symbol, address, type and name, as nm prints them. */
import { UserError } from '../errors.ts';
import type { NamedBytes } from '../machine/boot/plan.ts';
import type { CodeSymbol } from './symbol-table.ts';

/** Types of code: global, local and weak. */
export const CODE_TYPES = 'TtWw';

const LINE = /^([0-9a-f]{8}) ([A-Za-z?]) (\S+)$/;
/** Lines that show what a file is. */
const ENOUGH = 3;

export function looksLikeSystemMap(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1').split('\n').slice(0, ENOUGH);
  return head.every((line) => LINE.test(line));
}

/** The symbols of code. @throws UserError naming the first line that is none */
export function parseSystemMap({ name, bytes }: NamedBytes): CodeSymbol[] {
  const symbols: CodeSymbol[] = [];
  const lines = Buffer.from(bytes).toString('latin1').trimEnd().split('\n');
  lines.forEach((line, n) => {
    const match = LINE.exec(line);
    if (!match) throw new UserError(`${name}: line ${n + 1} is not an address, a type and a name`);
    if (CODE_TYPES.includes(match[2]!))
      symbols.push({ name: match[3]!, address: Number.parseInt(match[1]!, 16), size: 0 });
  });
  return symbols;
}

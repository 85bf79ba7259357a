/** Instructions in a straight line behind a hot one: where regions are short, they are translated with it. */
import { decode } from '../../translator/isa/decoder.ts';

/** Offsets of the instructions, at most `count`, that follow the one at an offset of a page of 32-bit code, on that page. */
export const straightAhead = (page: Uint8Array, offset: number, count: number): number[] => {
  const found: number[] = [];
  for (let at = offset; found.length < count; found.push(at)) {
    const instruction = decode((index) => page[at + index] ?? 0, 32);
    if (typeof instruction === 'string') break;
    const { ends } = instruction.line;
    if (ends !== 'no' && ends !== 'conditional' && ends !== 'call') break;
    at += instruction.length;
    if (at >= page.length) break;
  }
  return found;
};

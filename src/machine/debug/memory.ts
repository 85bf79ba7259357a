/** Guest memory by linear address as an onlooker sees it: nothing of the guest changes by looking. */
import type { Processor } from '../../../runtime/processor.ts';
import { PAGE_SIZE, RAM } from '../../../translator/layout.ts';

interface Piece {
  /** Host address. */
  readonly host: number;
  readonly bytes: number;
}

/** The pieces of RAM or ROM behind a range, one a page, up to the first page that is not there. */
const pieces = (cpu: Processor, linear: number, length: number): Piece[] => {
  const found: Piece[] = [];
  for (let at = linear, left = length; left > 0; ) {
    const bytes = Math.min(left, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
    const page = cpu.mmu.lookUp(at);
    const host = page < 0 ? -1 : cpu.mmu.hostAddress(page, at);
    if (host < 0) break;
    found.push({ host, bytes });
    at = (at + bytes) >>> 0;
    left -= bytes;
  }
  return found;
};

/** A copy of the bytes at a linear address, as many in a row as are mapped to memory; devices are not read. */
export const peek = (cpu: Processor, linear: number, length: number): Uint8Array =>
  Buffer.concat(pieces(cpu, linear, length).map(({ host, bytes }) => cpu.state.u8.subarray(host, host + bytes)));

/**
 * Writes bytes at a linear address, read-only pages and ROM included, and drops the code translated from them.
 * @returns false, with nothing written, where not all of it is mapped to memory
 */
export const poke = (cpu: Processor, linear: number, content: Uint8Array): boolean => {
  const targets = pieces(cpu, linear, content.length);
  if (targets.reduce((sum, { bytes }) => sum + bytes, 0) < content.length) return false;
  let done = 0;
  for (const { host, bytes } of targets) {
    cpu.physical.install(host - RAM, content.subarray(done, done + bytes));
    done += bytes;
  }
  return true;
};

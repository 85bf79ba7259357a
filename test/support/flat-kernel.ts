/** The smallest kernels: a Multiboot header with load addresses, and machine code. */
import { multibootHeader } from '../machine/boot/kernels.ts';

const LOAD = 0x10_0000;
const HEADER_SIZE = 32;
const HAS_ADDRESSES = 1 << 16;
/** Physical address of the first instruction. */
export const ENTRY = LOAD + HEADER_SIZE;

/** The bytes of a 32-bit immediate or displacement. */
export const word = (value: number): number[] =>
  [value, value >> 8, value >> 16, value >> 24].map((byte) => byte & 0xff);

/** A kernel file that executes this code at ENTRY, in flat 32-bit mode. */
export function flatKernel(code: readonly number[]): Uint8Array {
  const end = ENTRY + code.length;
  const header = multibootHeader(HAS_ADDRESSES, LOAD, LOAD, end, end, ENTRY);
  return Buffer.concat([header, Uint8Array.from(code)]);
}

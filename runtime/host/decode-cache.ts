/**
 * Decoded instructions by their bytes: the runtime meets the same few rare instructions again and again. Keyed by
 * content, so nothing has to be forgotten when code changes.
 */
import { type DecodeError, decode, MAX_LENGTH } from '../../translator/isa/decoder.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';

const ENTRIES = 4096;

export class DecodeCache {
  readonly #bytes = new DataView(new ArrayBuffer(ENTRIES * 16));
  readonly #found: (Instruction | DecodeError | undefined)[] = new Array(ENTRIES * 2);
  readonly #memory: DataView;

  constructor(buffer: ArrayBuffer) {
    this.#memory = new DataView(buffer);
  }

  /** Decodes the instruction whose bytes lie in a row at a host address (16 bytes must be readable). */
  decode(host: number, codeSize: 16 | 32): Instruction | DecodeError {
    const memory = this.#memory;
    const a = memory.getInt32(host, true);
    const b = memory.getInt32(host + 4, true);
    const hash = (Math.imul(a ^ (a >>> 15), 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 20;
    const at = hash * 16;
    const slot = hash * 2 + (codeSize === 16 ? 1 : 0);
    const keys = this.#bytes;
    const found = this.#found[slot];
    // Only the bytes that belong to the instruction must agree.
    if (found !== undefined && typeof found !== 'string' && this.#same(host, at, found.length)) return found;
    const result = decode((index) => memory.getUint8(host + index), codeSize);
    for (let i = 0; i < MAX_LENGTH; i++) keys.setUint8(at + i, memory.getUint8(host + i));
    this.#found[slot ^ 1] = undefined;
    this.#found[slot] = result;
    return result;
  }

  #same(host: number, at: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#memory.getUint8(host + i) !== this.#bytes.getUint8(at + i)) return false;
    return true;
  }
}

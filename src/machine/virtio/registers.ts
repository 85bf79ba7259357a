/** Register layouts as data: fields that are read and written through functions. */
import type { AccessHandlers } from '../bus.ts';

export interface Field {
  offset: number;
  /** Bytes: 1, 2 or 4. */
  size: number;
  get: () => number;
  /** Absent: read-only. Called for writes of exactly the whole field. */
  set?: (value: number) => void;
}

/** Handlers for each width from one function each; `size` is in bytes. */
const ofAnyWidth = (
  read: (offset: number, size: number) => number,
  write: (offset: number, size: number, value: number) => void,
): AccessHandlers => ({
  read8: (offset) => read(offset, 1),
  read16: (offset) => read(offset, 2),
  read32: (offset) => read(offset, 4),
  write8: (offset, value) => write(offset, 1, value),
  write16: (offset, value) => write(offset, 2, value),
  write32: (offset, value) => write(offset, 4, value),
});

/** Handlers for a layout. Reads may have any width, writes are field by field; between the fields it reads 0. */
export function registerHandlers(fields: Field[]): AccessHandlers {
  const byOffset = new Map<number, Field>();
  for (const field of fields) for (let i = 0; i < field.size; i++) byOffset.set(field.offset + i, field);

  const read = (offset: number, size: number): number => {
    const exact = byOffset.get(offset);
    if (exact?.offset === offset && exact.size === size) return exact.get();
    let value = 0;
    for (let i = 0; i < size; i++) {
      const field = byOffset.get(offset + i);
      if (field) value |= ((field.get() >>> (8 * (offset + i - field.offset))) & 0xff) << (8 * i);
    }
    return value >>> 0;
  };
  const write = (offset: number, size: number, value: number): void => {
    const field = byOffset.get(offset);
    if (field?.offset === offset && field.size === size) field.set?.(value);
  };
  return ofAnyWidth(read, write);
}

/** Read-only handlers for bytes; beyond their end it reads 0. */
export function byteHandlers(bytes: Uint8Array): AccessHandlers {
  return { read8: (offset) => bytes[offset] ?? 0 };
}

/** One address range made of several, each with its own handlers; `sections` ascend by `start`. */
export function sectionHandlers(sections: { start: number; handlers: AccessHandlers }[]): AccessHandlers {
  const find = (offset: number) => sections.findLast(({ start }) => offset >= start);
  const read = (offset: number, size: number): number => {
    const section = find(offset);
    if (!section) return 0;
    const { handlers, start } = section;
    const at = offset - start;
    if (size === 1) return handlers.read8?.(at) ?? 0;
    const wide = size === 2 ? handlers.read16 : handlers.read32;
    if (wide) return wide(at);
    const half = size / 2;
    return (read(offset, half) | (read(offset + half, half) << (8 * half))) >>> 0;
  };
  const write = (offset: number, size: number, value: number): void => {
    const section = find(offset);
    if (!section) return;
    const { handlers, start } = section;
    if (size === 1) handlers.write8?.(offset - start, value);
    else if (size === 2) handlers.write16?.(offset - start, value);
    else handlers.write32?.(offset - start, value);
  };
  return ofAnyWidth(read, write);
}

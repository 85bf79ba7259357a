/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text as a guest reads it, in UTF-8 with its terminating 0. */
export function cString(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${text}\0`, 'utf8'));
}

/** Little-endian 32-bit words. */
export function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** The 32-bit words at these offsets. */
export function readWords<const T extends readonly number[]>(
  bytes: Uint8Array,
  base: number,
  offsets: T,
): { [K in keyof T]: number } {
  const view = viewOf(bytes);
  return offsets.map((offset) => view.getUint32(base + offset, true)) as { [K in keyof T]: number };
}

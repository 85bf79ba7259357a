/** Numbers and bytes as the protocol writes them. */

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Bytes of an even number of hexadecimal digits; undefined if that is not what the text is. */
export const fromHex = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;

/** A hexadecimal number below 2^32; undefined if that is not what the text is. */
export const parseNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : undefined;

/**
 * The packets of GDB's remote serial protocol: `$payload#checksum`, acknowledged with + or asked for again with -, and
 * the byte 03 between packets that interrupts the guest. Payloads are strings of one character a byte.
 */

const DOLLAR = 0x24;
const HASH = 0x23;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ESCAPE = 0x7d;
const ESCAPE_XOR = 0x20;
const INTERRUPT = 0x03;

/** The longest payload taken, in bytes; what `PacketSize` announces. */
export const MAX_PACKET = 0x4000;

export type Incoming =
  | { readonly kind: 'packet'; readonly payload: string }
  | { readonly kind: 'corrupt' | 'repeat' | 'interrupt' };

/** What was sent is not this protocol. */
export class ProtocolError extends Error {}

const checksum = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);

const withoutEscapes = (bytes: Uint8Array): string => {
  const plain: number[] = [];
  for (let i = 0; i < bytes.length; i++) plain.push(bytes[i] === ESCAPE ? bytes[++i]! ^ ESCAPE_XOR : bytes[i]!);
  return Buffer.from(plain).toString('latin1');
};

/** One packet, ready to be sent. */
export const encodePacket = (payload: string): Buffer => {
  const escaped = payload.replace(/[#$}*]/g, (c) => `}${String.fromCharCode(c.charCodeAt(0) ^ ESCAPE_XOR)}`);
  const body = Buffer.from(escaped, 'latin1');
  return Buffer.concat([Buffer.from('$'), body, Buffer.from(`#${checksum(body).toString(16).padStart(2, '0')}`)]);
};

/** Cuts a stream of bytes into packets and signs. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws ProtocolError at anything that cannot be part of the protocol */
  feed(chunk: Uint8Array): Incoming[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const found: Incoming[] = [];
    let at = 0;
    while (at < this.#rest.length) {
      const first = this.#rest[at]!;
      if (first === DOLLAR) {
        const hash = this.#rest.indexOf(HASH, at);
        const end = hash < 0 ? this.#rest.length : hash;
        if (end - at - 1 > MAX_PACKET) throw new ProtocolError('a packet without end');
        if (hash < 0 || hash + 2 >= this.#rest.length) break;
        found.push(this.#packet(at + 1, hash));
        at = hash + 3;
        continue;
      }
      if (first === MINUS) found.push({ kind: 'repeat' });
      else if (first === INTERRUPT) found.push({ kind: 'interrupt' });
      else if (first !== PLUS) throw new ProtocolError('no packet');
      at++;
    }
    this.#rest = this.#rest.subarray(at);
    return found;
  }

  #packet(start: number, hash: number): Incoming {
    const body = this.#rest.subarray(start, hash);
    const sum = this.#rest.toString('latin1', hash + 1, hash + 3);
    if (!/^[0-9a-f]{2}$/i.test(sum)) throw new ProtocolError('no checksum');
    if (Number.parseInt(sum, 16) !== checksum(body)) return { kind: 'corrupt' };
    return { kind: 'packet', payload: withoutEscapes(body) };
  }
}

/** A debugger's side of the protocol, for what the real gdb never sends. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodePacket, PacketReader } from '../../src/gdb/packet.ts';

export class Client {
  readonly socket: Socket;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<unknown>;
  readonly #reader = new PacketReader();
  readonly #replies: string[] = [];
  #arrived = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      for (const incoming of this.#reader.feed(chunk))
        if (incoming.kind === 'packet') this.#replies.push(incoming.payload);
      this.#arrived();
    });
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Client(socket);
  }

  /** Sends a packet and waits for the reply. */
  async ask(payload: string): Promise<string> {
    this.socket.write(encodePacket(payload));
    return this.reply();
  }

  async reply(): Promise<string> {
    while (this.#replies.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#arrived = resolve;
      await promise;
    }
    return this.#replies.shift()!;
  }
}

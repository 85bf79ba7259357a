/** One debugger's connection: acknowledgements, packets one after the other, interrupts at any time. */
import { type Context, execute } from './commands.ts';
import { encodePacket, PacketReader } from './packet.ts';

export interface SessionTarget extends Pick<Context, 'debugger' | 'monitor' | 'detach' | 'kill'> {
  /** The first packet has come. */
  attach(): void;
  send(bytes: Uint8Array): void;
}

export class Session {
  readonly #target: SessionTarget;
  readonly #reader = new PacketReader();
  readonly #context: Context;
  #acknowledging = true;
  #attached = false;
  #last: Uint8Array = Buffer.alloc(0);
  /** Packets in work; the next one waits for it. */
  #work: Promise<void> = Promise.resolve();

  constructor(target: SessionTarget) {
    this.#target = target;
    this.#context = {
      debugger: target.debugger,
      supported: new Set(),
      monitor: (line) => target.monitor(line),
      stopAcknowledging: () => {
        this.#acknowledging = false;
      },
      detach: () => {
        this.#attached = false;
        target.detach();
      },
      kill: () => target.kill(),
    };
  }

  /** @throws ProtocolError when the other side does not speak the protocol */
  receive(chunk: Uint8Array): void {
    for (const incoming of this.#reader.feed(chunk)) {
      if (incoming.kind === 'packet') this.#take(incoming.payload);
      else if (incoming.kind === 'interrupt') this.#target.debugger.halt();
      else if (incoming.kind === 'repeat') this.#target.send(this.#last);
      else if (this.#acknowledging) this.#target.send(Buffer.from('-'));
    }
  }

  #take(payload: string): void {
    if (this.#acknowledging) this.#target.send(Buffer.from('+'));
    if (!this.#attached) {
      this.#attached = true;
      this.#target.attach();
    }
    this.#work = this.#work.then(async () => {
      // The guest moves only between a command that lets it go and the reply that says where it stopped.
      await this.#target.debugger.stopped();
      const reply = await execute(this.#context, payload);
      if (reply === undefined) return;
      this.#last = encodePacket(reply);
      this.#target.send(this.#last);
    });
  }
}

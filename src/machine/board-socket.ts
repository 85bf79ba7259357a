/** The socket the CPU sits in: the board behind it is exchanged on a reset, the CPU stays. */
import type { AccessSize, Board } from '../../runtime/board.ts';

export class BoardSocket implements Board {
  #board: Board | undefined;

  plug(board: Board): void {
    this.#board = board;
  }
  get #plugged(): Board {
    if (!this.#board) throw new Error('no board in the socket');
    return this.#board;
  }
  portRead(port: number, size: AccessSize): number {
    return this.#plugged.portRead(port, size);
  }
  portWrite(port: number, size: AccessSize, value: number): void {
    this.#plugged.portWrite(port, size, value);
  }
  mmioRead(address: number, size: AccessSize): number {
    return this.#plugged.mmioRead(address, size);
  }
  mmioWrite(address: number, size: AccessSize, value: number): void {
    this.#plugged.mmioWrite(address, size, value);
  }
  acknowledgeInterrupt(): number {
    return this.#plugged.acknowledgeInterrupt();
  }
  floatingPointError(asserted: boolean): void {
    this.#plugged.floatingPointError?.(asserted);
  }
  timestamp(): number {
    return this.#plugged.timestamp();
  }
  get apicBase(): number {
    return this.#plugged.apicBase;
  }
  set apicBase(value: number) {
    this.#plugged.apicBase = value;
  }
}

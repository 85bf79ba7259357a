/**
 * What QEMU's boards have for tests: an exit, memory behind ports and device addresses, interrupts on demand. It sits
 * between CPU and board.
 */
import type { AccessSize, Board, CpuPins } from '../../runtime/board.ts';

const EXIT_PORT = 0xf4;
/** Eight ports that keep what is written. */
const IO_PORTS = { first: 0xe0, count: 8 };
/** One port an interrupt line, from 0 on: 1 requests it. */
const INTERRUPT_PORTS = { first: 0x2000, count: 16 };
/** Vectors of lines 8 to 15 as a BIOS leaves the interrupt controllers. */
const FIRST_SLAVE_VECTOR = 0x70;
const MEMORY = { first: 0xff00_0000, count: 0x1_0000 };

interface Range {
  readonly first: number;
  readonly count: number;
}
const isIn = ({ first, count }: Range, address: number): boolean => address >= first && address < first + count;

const READ = { 1: 'getUint8', 2: 'getUint16', 4: 'getUint32' } as const;
const WRITE = { 1: 'setUint8', 2: 'setUint16', 4: 'setUint32' } as const;

/** Takes the place of a board's ports, memory and interrupt acknowledge where they are the test device's. */
export const attachTestDevice = (board: Board, cpu: CpuPins, onExit: (code: number) => void): void => {
  const behind = {
    portRead: board.portRead.bind(board),
    portWrite: board.portWrite.bind(board),
    mmioRead: board.mmioRead.bind(board),
    mmioWrite: board.mmioWrite.bind(board),
    acknowledgeInterrupt: board.acknowledgeInterrupt.bind(board),
  };
  const ports = new DataView(new ArrayBuffer(IO_PORTS.count));
  const memory = new DataView(new ArrayBuffer(MEMORY.count));
  let requested: number | undefined;

  board.portRead = (port: number, size: AccessSize) =>
    isIn(IO_PORTS, port) ? ports[READ[size]](port - IO_PORTS.first, true) : behind.portRead(port, size);
  board.portWrite = (port: number, size: AccessSize, value: number) => {
    if (port === EXIT_PORT) onExit(value);
    else if (isIn(IO_PORTS, port)) ports[WRITE[size]](port - IO_PORTS.first, value, true);
    else if (isIn(INTERRUPT_PORTS, port)) {
      if (!value) return;
      requested = FIRST_SLAVE_VECTOR + port - INTERRUPT_PORTS.first - 8;
      cpu.setInterruptRequest(true);
    } else behind.portWrite(port, size, value);
  };
  board.mmioRead = (address: number, size: AccessSize) =>
    isIn(MEMORY, address) ? memory[READ[size]](address - MEMORY.first, true) : behind.mmioRead(address, size);
  board.mmioWrite = (address: number, size: AccessSize, value: number) => {
    if (isIn(MEMORY, address)) memory[WRITE[size]](address - MEMORY.first, value, true);
    else behind.mmioWrite(address, size, value);
  };
  board.acknowledgeInterrupt = () => {
    if (requested === undefined) return behind.acknowledgeInterrupt();
    const vector = requested;
    requested = undefined;
    cpu.setInterruptRequest(false);
    return vector;
  };
};

/** Ports and device memory. */
import type { AccessSize } from '../../runtime/board.ts';
import { current, hex, type TraceHook } from './context.ts';

const value = (of: number, size: AccessSize): string => hex(of, size * 2);

export const traceIo: TraceHook = ({ cpu, board, write }) => {
  const { portRead, portWrite, mmioRead, mmioWrite } = board;
  const report = (text: string) => write(current(cpu), text);
  board.portRead = (port, size) => {
    const got = portRead.call(board, port, size);
    report(`in ${hex(port, 4)}: ${value(got, size)}`);
    return got;
  };
  board.portWrite = (port, size, given) => {
    report(`out ${hex(port, 4)}: ${value(given, size)}`);
    portWrite.call(board, port, size, given);
  };
  board.mmioRead = (address, size) => {
    const got = mmioRead.call(board, address, size);
    report(`read ${hex(address)}: ${value(got, size)}`);
    return got;
  };
  board.mmioWrite = (address, size, given) => {
    report(`write ${hex(address)}: ${value(given, size)}`);
    mmioWrite.call(board, address, size, given);
  };
};

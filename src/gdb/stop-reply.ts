/** Why the guest stands still, as GDB wants to hear it. GDB manual, Stop Reply Packets. */
import type { Processor } from '../../runtime/processor.ts';
import type { Stop } from '../machine/debug/debugger.ts';
import type { Point, PointKind } from '../machine/debug/points.ts';
import { toHex } from './hex.ts';
import { EXPEDITED, REGISTERS } from './registers.ts';

/** GDB's numbers of signals. */
const SIGNAL = { INT: 2, TRAP: 5, ABRT: 6, SEGV: 11 } as const;

const hexByte = (value: number): string => value.toString(16).padStart(2, '0');

const POINT_FIELD: Readonly<Record<PointKind, (point: Point) => string>> = {
  software: () => 'swbreak:;',
  hardware: () => 'hwbreak:;',
  write: ({ address }) => `watch:${address.toString(16)};`,
  read: ({ address }) => `rwatch:${address.toString(16)};`,
  access: ({ address }) => `awatch:${address.toString(16)};`,
};

/** Whether GDB takes a field of this kind: those of breakpoints only if it has said so. */
export type Takes = (feature: string) => boolean;

const pointField = (stop: Stop, takes: Takes): string => {
  if (!('point' in stop)) return '';
  const field = POINT_FIELD[stop.point.kind](stop.point);
  return stop.reason === 'watchpoint' || takes(field.slice(0, field.indexOf(':'))) ? field : '';
};

/** @param first the answer to the debugger's first question, when nothing has happened yet */
export const stopReply = (cpu: Processor, stop: Stop, takes: Takes, first = false): string => {
  if (stop.reason === 'ended') return stop.outcome === 'crash' ? `X${hexByte(SIGNAL.ABRT)}` : 'W00';
  const signal = stop.reason === 'crash' ? SIGNAL.SEGV : stop.reason === 'asked' && !first ? SIGNAL.INT : SIGNAL.TRAP;
  const registers = EXPEDITED.map((n) => `${hexByte(n)}:${toHex(REGISTERS[n]!.read(cpu))};`);
  return `T${hexByte(signal)}thread:1;${pointField(stop, takes)}${registers.join('')}`;
};

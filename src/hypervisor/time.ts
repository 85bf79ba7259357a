/** Cycle counters, the wall clock and alarms. A cycle is a nanosecond of guest time, as with RDTSC. */
import type { Cpu } from '../../runtime/cpu.ts';
import type { Timer } from '../machine/clock.ts';
import type { HypervisorBoard } from './board.ts';
import { ALARM, CYCLES } from './calls.ts';
import { type CallFunction, EAX, ECX, EDX } from './functions.ts';

const CYCLES_PER_SECOND = 1_000_000_000;
const U32 = 2 ** 32;
/** An expiry so late never comes: a double still counts nanoseconds exactly up to here, which is a hundred days. */
const NEVER = 2 ** 53;

interface Alarm {
  timer: Timer | undefined;
  readonly fire: () => void;
  /** Cycles; 0 for one shot. */
  readonly period: number;
  expiry: number;
}

/** The alarms of the processor: one for the real and one for the available counter, which run alike here. */
export class Alarms {
  readonly #board: HypervisorBoard;
  readonly #armed = new Map<number, Alarm>();

  constructor(board: HypervisorBoard) {
    this.#board = board;
  }

  /** Arms the alarm of a counter, in place of the one it had. Counters without alarm are ignored. */
  set(flags: number, expiry: number, period: number): void {
    const counter = flags & ALARM.counterMask;
    if (counter !== CYCLES.real && counter !== CYCLES.available) return;
    this.cancel(counter);
    const board = this.#board;
    const fire = flags & ALARM.wiredLvtt ? () => board.apicTimer() : () => board.timerEdge();
    const alarm: Alarm = { timer: undefined, fire, period, expiry };
    this.#armed.set(counter, alarm);
    this.#schedule(counter, alarm);
  }

  /** Whether there was an alarm to cancel. */
  cancel(flags: number): boolean {
    const counter = flags & ALARM.counterMask;
    const alarm = this.#armed.get(counter);
    alarm?.timer?.cancel();
    this.#armed.delete(counter);
    return alarm !== undefined;
  }

  #schedule(counter: number, alarm: Alarm): void {
    if (alarm.expiry >= NEVER) return;
    const expire = () => {
      if (alarm.period === 0) this.#armed.delete(counter);
      else {
        // What was missed collapses into this one; the grid stays.
        const missed = Math.floor((this.#board.clock.now() - alarm.expiry) / alarm.period);
        alarm.expiry += (missed + 1) * alarm.period;
        this.#schedule(counter, alarm);
      }
      alarm.fire();
    };
    // Who has alarms counts cycles, not alarms.
    alarm.timer = this.#board.clock.at(alarm.expiry, expire, 'patient');
  }
}

const pairOf = (low: number, high: number): number => (high >>> 0) * U32 + (low >>> 0);

/** Cycles, below 2^53, in EDX:EAX. */
const giveCycles = ({ state }: Cpu, cycles: number): void => {
  state.setGpr(EAX, (cycles % U32) | 0);
  state.setGpr(EDX, (cycles / U32) | 0);
};

/** The processor never waits for another machine: no cycle is stolen, and what is real is available. */
const cyclesOf = (board: HypervisorBoard, counter: number): number =>
  counter === CYCLES.real || counter === CYCLES.available ? Math.floor(board.clock.now()) : 0;

export const timeFunctions = (alarms: Alarms): Readonly<Record<string, CallFunction>> => ({
  GetCycleFrequency: ({ cpu }) => giveCycles(cpu, CYCLES_PER_SECOND),
  GetCycleCounter: ({ cpu, board }) => giveCycles(cpu, cyclesOf(board, cpu.state.gpr(EAX) >>> 0)),
  /** Beyond 2^53 nanoseconds. */
  GetWallclockTime: ({ cpu: { state }, board: { epoch, clock } }) => {
    const time = epoch + BigInt(Math.floor(clock.now()));
    state.setGpr(EAX, Number(BigInt.asIntN(32, time)));
    state.setGpr(EDX, Number(BigInt.asIntN(32, time >> 32n)));
  },
  /** Nobody sets this clock but the host before it starts. */
  WallclockUpdated: ({ cpu }) => cpu.state.setGpr(EAX, 0),
  SetAlarm: ({ cpu: { state, mmu } }, frame) => {
    const low = mmu.linear.read32((frame + 4) | 0);
    const high = mmu.linear.read32((frame + 8) | 0);
    alarms.set(state.gpr(EAX), pairOf(state.gpr(EDX), state.gpr(ECX)), pairOf(low, high));
  },
  CancelAlarm: ({ cpu: { state } }) => state.setGpr(EAX, Number(alarms.cancel(state.gpr(EAX)))),
});

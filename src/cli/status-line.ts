import type { Stats } from '../machine/api.ts';

/** What the status line is made of; it speaks of the time between two of them. */
type Counters = Pick<Stats, 'instructions' | 'transfers' | 'guestSeconds' | 'idleSeconds'>;

const NOTHING: Counters = {
  instructions: { interpreter: 0, translated: 0 },
  transfers: 0,
  guestSeconds: 0,
  idleSeconds: 0,
};

const MILLION = 1e6;
const total = ({ instructions }: Counters): number => instructions.interpreter + instructions.translated;
const percent = (part: number, whole: number): string => (whole > 0 ? ((100 * part) / whole).toFixed(1) : '0.0');

/** Makes status lines: what a guest has done since the last one, on average. */
export class StatusLine {
  readonly #now: () => number;
  #last: Counters = NOTHING;
  #lastTime: number;

  /** @param now host time in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#lastTime = now();
  }

  /** One line, without its end. Rates are per second of the host's time. */
  next(stats: Counters): string {
    const time = this.#now();
    const seconds = Math.max(time - this.#lastTime, 1) / 1000;
    const done = total(stats) - total(this.#last);
    const translated = stats.instructions.translated - this.#last.instructions.translated;
    const transfers = stats.transfers - this.#last.transfers;
    const idle = Math.min(stats.idleSeconds - this.#last.idleSeconds, seconds);
    this.#last = stats;
    this.#lastTime = time;
    return [
      `guest time ${stats.guestSeconds.toFixed(1)} s`,
      `${(done / seconds / MILLION).toFixed(1)} MIPS`,
      `${percent(translated, done)} % translated`,
      `${(transfers / seconds / MILLION).toFixed(2)} M transfers/s`,
      `${percent(idle, seconds)} % idle`,
    ].join(', ');
  }
}

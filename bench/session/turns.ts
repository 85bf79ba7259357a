/** One program in guests that are up at the same time: they take turns, first to warm up, then for the runs that count. */
import type { Program } from '../programs/table.ts';
import { median } from '../report/statistics.ts';
import { cpuTime, type Record } from './record.ts';
import { ProgramError, type Run, type Session } from './session.ts';

export interface Turns {
  /** Factor of the programs' counts. */
  readonly scale: number;
  /** Most runs of each program in a boot before those that count; they end when nobody becomes faster any more. */
  readonly warmUp: number;
  /** Runs of each program in a boot that count. */
  readonly counted: Counted;
}

/** So many runs at least, then more until everybody's have taken so many seconds of CPU time, but so many at most. */
export interface Counted {
  readonly least: number;
  readonly most: number;
  readonly seconds: number;
}
export const exactly = (runs: number): Counted => ({ least: runs, most: runs, seconds: 0 });

/** A subject that is up. */
export interface Running {
  readonly session: Session;
  readonly record: Record;
}

/** So many runs are compared with as many before them: a single one may be slow or fast for reasons of the host. */
const COMPARED = 4;
/** What is less than that, as a share, is no gain. */
const NOISE = 0.03;

/** Whether a program has stopped becoming faster, from the times of its runs. */
export function hasSettled(times: readonly number[]): boolean {
  if (times.length < 2 * COMPARED) return false;
  const before = times.slice(-2 * COMPARED, -COMPARED);
  return median(times.slice(-COMPARED)) >= median(before) * (1 - NOISE);
}

/**
 * What the runs of one boot amount to: the mean of the faster half of them. What else the host does makes runs slower and
 * never faster.
 */
function sampleOf(record: Record, runs: readonly Run[]): Run {
  const sorted = runs.toSorted((a, b) => cpuTime(record, a) - cpuTime(record, b));
  const faster = sorted.slice(0, (sorted.length + 1) >> 1);
  const mean = (of: (run: Run) => number) => faster.reduce((sum, run) => sum + of(run), 0) / faster.length;
  return {
    ...faster[0],
    cpuSeconds: mean((run) => run.cpuSeconds),
    wallSeconds: mean((run) => run.wallSeconds),
    guestSeconds: mean((run) => run.guestSeconds),
    accountedSeconds: mean((run) => run.accountedSeconds),
  };
}

function add<T>(lists: Map<string, T[]>, { name }: Program, item: T): void {
  const list = lists.get(name);
  if (list) list.push(item);
  else lists.set(name, [item]);
}

/**
 * Runs a program in all of them and adds what it took to their records. One in which it fails is left out of the rest, and
 * so is a guest that has failed itself, of which `failed` hears.
 */
export async function takeTurns(
  guests: readonly Running[],
  program: Program,
  { scale, warmUp, counted }: Turns,
  failed: (guest: Running, error: Error) => void,
): Promise<void> {
  const count = Math.max(1, Math.round(program.count * scale));
  let left = guests.filter(({ record }) => !record.failures.has(program.name));
  const done = new Map<Running, Run[]>(left.map((guest) => [guest, []]));
  const turn = async () => {
    for (const guest of left) {
      try {
        done.get(guest)!.push(await guest.session.run(program, count));
      } catch (error) {
        left = left.filter((one) => one !== guest);
        if (error instanceof ProgramError) guest.record.failures.set(program.name, error.message);
        else failed(guest, error as Error);
      }
    }
    // Who was last is first in the next turn, so that nobody gains from what comes before.
    left = left.toReversed();
  };
  const times = (guest: Running) => done.get(guest)!.map((run) => cpuTime(guest.record, run));
  let warm = 0;
  for (; warm < warmUp && !left.every((guest) => hasSettled(times(guest))); warm++) await turn();
  const secondsOf = (guest: Running) =>
    times(guest)
      .slice(warm)
      .reduce((sum, time) => sum + time, 0);
  const enough = () => left.every((guest) => secondsOf(guest) >= counted.seconds);
  let counting = 0;
  for (; counting < counted.least || (counting < counted.most && !enough()); counting++) await turn();
  for (const [{ record }, runs] of done) {
    if (runs.length > 0) add(record.allRuns, program, runs);
    if (warm > 0 && runs.length > 0) add(record.firstRuns, program, runs[0]);
    const those = runs.slice(warm);
    if (those.length === counting) add(record.runs, program, sampleOf(record, those));
  }
}

/** What the commands of `vmi86 bench` have in common, from options to reports. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Host } from '../src/cli/host.ts';
import { UserError } from '../src/errors.ts';
import { attempt } from '../src/machine/input-files.ts';
import type { BenchOptions, Kind } from './options.ts';
import { peersSuite } from './peers/run.ts';
import { buildPrograms } from './programs/build.ts';
import { GROUPS, type Program, select } from './programs/table.ts';
import { type Guest, prepareGuest } from './session/guest.ts';
import { showProgress } from './session/progress.ts';
import { newRecord, type Plan, type Record, runRounds, type Subject, stepsOf } from './session/rounds.ts';

/** What subjects are made from. */
export interface Context {
  /** Host directory of the compiled programs. */
  readonly programs: string;
  /** Made at the first call. */
  guest(): Promise<Guest>;
}

/** One of the commands. */
export interface Suite {
  /** What it runs unless `--only` says otherwise. */
  readonly programs: readonly Program[];
  /** See Plan. */
  readonly idleSeconds: number;
  subjects(options: BenchOptions, context: Context): Subject[];
  text(programs: readonly Program[], records: readonly Record[]): string;
}

const SUITES: { [kind in Kind]: Suite } = { peers: peersSuite };

/** Parts of a run that are no programs. */
const BOOT = 'boot';
const SLEEP = 'sleep';

function programsOf(suite: Suite, only: readonly string[] | undefined): readonly Program[] {
  if (only === undefined) return suite.programs;
  const programs = select(only.filter((name) => name !== BOOT && name !== SLEEP));
  if (programs !== undefined) return programs;
  throw new UserError(`--only: names of programs, of the groups ${GROUPS.join(', ')}, ${BOOT}, ${SLEEP}`);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Runs one command. Returns the exit status: 130 after Ctrl-C, as a shell has it. */
export async function bench(kind: Kind, options: BenchOptions, host: Host): Promise<number> {
  const suite = SUITES[kind];
  const programs = programsOf(suite, options.only);
  for (const file of [options.json, options.html]) if (file !== undefined) attempt(file, () => writeFileSync(file, ''));
  const built = await buildPrograms();
  const guest = once(() => prepareGuest(built, { ...options, memory: Math.round(options.memory / (1 << 20)) }));
  const subjects = suite.subjects(options, { programs: built, guest });
  const records = subjects.map(newRecord);
  const interrupted = new AbortController();
  const plan: Plan = {
    programs,
    rounds: options.rounds,
    scale: options.scale,
    idleSeconds: options.only === undefined || options.only.includes(SLEEP) ? suite.idleSeconds : 0,
    limits: { timeoutSeconds: options.timeout, signal: interrupted.signal },
  };
  const steps = subjects.reduce((sum, one) => sum + stepsOf(plan, one.native ?? false), 0) * plan.rounds;
  const display = showProgress(steps, host.stderr);
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  await runRounds(subjects, records, plan, display.step).finally(() => {
    display.end();
    process.off('SIGINT', interrupt);
  });
  host.stdout.write(suite.text(programs, records) + '\n');
  if (options.json !== undefined) writeFileSync(options.json, json(kind, options, records));
  return interrupted.signal.aborted ? 130 : 0;
}

function json(kind: Kind, options: BenchOptions, records: readonly Record[]): string {
  const host = { processor: cpus()[0].model, processors: cpus().length, node: process.version };
  const subjects = records.map(({ runs, failures, ...rest }) => ({
    ...rest,
    runs: Object.fromEntries(runs),
    failures: Object.fromEntries(failures),
  }));
  return JSON.stringify({ kind, date: new Date().toISOString(), host, options, subjects }, undefined, 2) + '\n';
}

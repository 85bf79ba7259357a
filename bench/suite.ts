/** What the commands of `vmi86 bench` have in common, from options to reports. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Host } from '../src/cli/host.ts';
import { onEndingSignal } from '../src/cli/signals.ts';
import { UserError } from '../src/errors.ts';
import { attempt } from '../src/machine/input-files.ts';
import { macroSuite } from './macro/run.ts';
import { microSuite } from './micro/run.ts';
import type { BenchOptions, Kind } from './options.ts';
import { peersSuite } from './peers/run.ts';
import { buildPrograms } from './programs/build.ts';
import { GROUPS, type Program, select } from './programs/table.ts';
import { htmlReport } from './report/html.ts';
import type { Report, Section } from './report/report.ts';
import { textReport } from './report/text.ts';
import { type Guest, prepareGuest } from './session/guest.ts';
import { type ProgressDisplay, showProgress } from './session/progress.ts';
import { newRecord, type Record } from './session/record.ts';
import { type Plan, runRounds, type Subject, stepsOf } from './session/rounds.ts';
import type { Limits } from './session/session.ts';
import { type Counted, exactly } from './session/turns.ts';

/** What subjects are made from. */
export interface Context {
  /** Host directory of the compiled programs. */
  readonly programs: string;
  /** The guest that the options describe, or the same with another kernel. */
  guest(kernel?: string): Promise<Guest>;
}

/** What parts are made from. */
export interface PartContext {
  /** Host directory of the compiled programs. */
  readonly programs: string;
  readonly rounds: number;
  /** Guest memory in MiB. */
  readonly memory: number;
  readonly limits: Limits;
}

/** Something measured in its own way. Throws an Error that says why it cannot be. */
export interface Part {
  readonly name: string;
  run(context: PartContext): Promise<Section>;
}

/** One of the commands. */
export interface Suite {
  /** What it runs unless `--only` says otherwise. */
  readonly programs: readonly Program[];
  readonly parts: readonly Part[];
  /** See Plan. */
  readonly idleSeconds: number;
  readonly warmUp: number;
  readonly counted: Counted;
  readonly together: boolean;
  /** The guest, when no option names one: the project's own, or Debian's kernel. */
  readonly embedded: boolean;
  subjects(options: BenchOptions, context: Context): Subject[];
  report(options: BenchOptions, programs: readonly Program[], records: readonly Record[]): Report;
}

const SUITES: { readonly [kind in Kind]: Suite } = { micro: microSuite, macro: macroSuite, peers: peersSuite };

/** Parts of every guest that are no programs. */
const BOOT = 'boot';
const SLEEP = 'sleep';

/** What `--only` leaves of a suite. */
interface Selection {
  programs: readonly Program[];
  parts: readonly Part[];
  idleSeconds: number;
  /** Whether any guest is started for programs. */
  guests: boolean;
}

function selection({ programs, parts, idleSeconds }: Suite, only: readonly string[] | undefined): Selection {
  if (only === undefined) return { programs, parts, idleSeconds, guests: true };
  const others = [BOOT, SLEEP, ...parts.map(({ name }) => name)];
  const named = select(only.filter((name) => !others.includes(name)));
  if (named === undefined)
    throw new UserError(`--only: names of programs, of the groups ${GROUPS.join(', ')}, or ${others.join(', ')}`);
  const has = (name: string) => only.includes(name);
  return {
    programs: named,
    parts: parts.filter(({ name }) => has(name)),
    idleSeconds: has(SLEEP) ? idleSeconds : 0,
    guests: named.length > 0 || has(BOOT) || has(SLEEP),
  };
}

/** The guests, each prepared at its first use. */
function guests(programs: string, options: BenchOptions, memory: number, embedded: boolean): Context['guest'] {
  const made = new Map<string | undefined, Promise<Guest>>();
  const { kernel: own, initrd, append, guest: named } = options;
  return (kernel = own) => {
    const base = { memory, ...(initrd !== undefined && { initrd }), ...(append !== undefined && { append }) };
    const which =
      kernel !== undefined ? { kernel } : { embedded: named === undefined ? embedded : named === 'embedded' };
    const guest = made.get(kernel) ?? prepareGuest(programs, { ...base, ...which });
    made.set(kernel, guest);
    return guest;
  };
}

async function runParts(parts: readonly Part[], context: PartContext, display: ProgressDisplay): Promise<Report> {
  const sections: Section[] = [];
  const remarks: string[] = [];
  for (const { name, run } of parts) {
    if (context.limits.signal.aborted) break;
    display.step('vmi86', name);
    await run(context).then(
      (section) => sections.push(section),
      (error: Error) => remarks.push(`${name}: ${error.message}`),
    );
  }
  return { title: '', sections, remarks };
}

/** Known at once rather than at the end of a long run; what is in the file stays until then. */
function checkWritable(file: string): void {
  attempt(file, () => closeSync(openSync(file, 'a')));
}

/** Runs one command, prints what was measured, however it ends, and returns the exit status. */
export async function bench(kind: Kind, options: BenchOptions, host: Host): Promise<number> {
  const suite = SUITES[kind];
  const { programs, parts, idleSeconds, guests: anyGuest } = selection(suite, options.only);
  for (const file of [options.json, options.html]) if (file !== undefined) checkWritable(file);
  const built = await buildPrograms();
  const memory = Math.round(options.memory / (1 << 20));
  const context = { programs: built, guest: guests(built, options, memory, suite.embedded) };
  const subjects = anyGuest ? suite.subjects(options, context) : [];
  const records = subjects.map(newRecord);
  const interrupted = new AbortController();
  const limits: Limits = { timeoutSeconds: options.timeout, signal: interrupted.signal };
  const { rounds, scale, warmUp = suite.warmUp } = options;
  const { together } = suite;
  const counted = options.counted === undefined ? suite.counted : exactly(options.counted);
  const plan: Plan = { programs, rounds, scale, warmUp, counted, together, idleSeconds, limits };
  const display = showProgress(stepsOf(plan, subjects) + parts.length, host.stderr);
  let status = 0;
  const release = onEndingSignal((signalled) => {
    status = signalled;
    interrupted.abort();
  });
  try {
    await runRounds(subjects, records, plan, display.step);
    const rest = await runParts(parts, { programs: built, rounds: options.rounds, memory, limits }, display);
    const own = suite.report(options, programs, records);
    const report: Report = {
      title: own.title,
      sections: [...own.sections, ...rest.sections],
      remarks: [...own.remarks, ...rest.remarks],
    };
    display.end();
    host.stdout.write(textReport(report));
    if (options.json !== undefined) writeFileSync(options.json, json(kind, options, records, report));
    if (options.html !== undefined) writeFileSync(options.html, await htmlReport(report, hostFacts()));
  } finally {
    display.end();
    release();
  }
  return status;
}

/** What figures depend on. */
const hostFacts = () => ({
  date: new Date().toISOString(),
  processor: cpus()[0].model,
  processors: cpus().length,
  node: process.version,
});

/** All samples, and the tables made of them. */
function json(kind: Kind, options: BenchOptions, records: readonly Record[], report: Report): string {
  const subjects = records.map(({ runs, firstRuns, allRuns, failures, ...rest }) => ({
    ...rest,
    runs: Object.fromEntries(runs),
    firstRuns: Object.fromEntries(firstRuns),
    allRuns: Object.fromEntries(allRuns),
    failures: Object.fromEntries(failures),
  }));
  return JSON.stringify({ kind, host: hostFacts(), options, subjects, report }, undefined, 2) + '\n';
}

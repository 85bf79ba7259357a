/** Interleaved rounds: each subject boots and runs all programs, then the next does, then all over again. */
import { readFile, rm } from 'node:fs/promises';
import { UserError } from '../../src/errors.ts';
import type { Program } from '../programs/table.ts';
import type { Guest } from './guest.ts';
import { RUNNER_READY } from './guest.ts';
import { type Boot, type CommandLine, type Limits, ProgramError, type Run, Session } from './session.ts';

/** What is measured: an emulator, one of its configurations, the host. */
export interface Subject {
  readonly name: string;
  /** The host itself: its programs run at once, without a guest. */
  readonly native?: boolean;
  /** Throws an Error that says what is missing here, a UserError when what was asked for is wrong. */
  prepare(): Promise<Prepared>;
}

/** How to start a subject, and what it then boots. */
export interface Prepared {
  readonly command: CommandLine;
  readonly guest?: Guest;
  /** A file to which the process writes its counters when it is ended (docs/counters.md). */
  readonly counters?: string;
}

/** What is reported of `vmi86 boot --stats`. */
export interface Counters {
  readonly tlbMisses: number;
  readonly transfers: number;
  readonly exceptions: Readonly<{ [vector: string]: number }>;
  readonly counters: Readonly<{ [name: string]: number }>;
}

/** All that is known of a subject so far. */
export interface Record {
  readonly name: string;
  readonly native: boolean;
  readonly boots: Boot[];
  /** Shares of a processor while the guest waits. */
  readonly idle: number[];
  /** Peak resident sets after the programs, in bytes. */
  readonly loads: number[];
  /** By name of the program. */
  readonly runs: Map<string, Run[]>;
  /** First runs of programs in a boot, where others follow that count. */
  readonly firstRuns: Map<string, Run[]>;
  /** Its counters at the end of each round. */
  readonly counters: Counters[];
  /** Why programs gave no result, by name. */
  readonly failures: Map<string, string>;
  /** Why there is no more of this subject. One that failed once is not started again. */
  reason?: string;
}

export interface Plan {
  readonly programs: readonly Program[];
  readonly rounds: number;
  /** Factor of the programs' counts. */
  readonly scale: number;
  /** Runs of each program in a boot before the one that counts. */
  readonly warmUp: number;
  /** Seconds over which the waiting guest is watched; 0 leaves it out. */
  readonly idleSeconds: number;
  readonly limits: Limits;
}

/** Told of every step: a subject, and what it does now. */
export type Progress = (subject: string, step: string) => void;

/** Steps of one subject in one round: the boot, the idle guest, the programs. */
export const stepsOf = ({ programs, idleSeconds }: Plan, native: boolean): number =>
  programs.length + (native ? 0 : 1 + (idleSeconds > 0 ? 1 : 0));

const SETTLE_SECONDS = 1;

export function newRecord({ name, native = false }: Pick<Subject, 'name' | 'native'>): Record {
  return {
    name,
    native,
    boots: [],
    idle: [],
    loads: [],
    counters: [],
    runs: new Map(),
    firstRuns: new Map(),
    failures: new Map(),
  };
}

async function bootGuest(session: Session, guest: Guest, record: Record): Promise<void> {
  record.boots.push(await session.boot(guest.booted));
  if (guest.begin === undefined) return;
  session.type(guest.begin);
  await session.until(RUNNER_READY);
}

const add = (runs: Map<string, Run[]>, { name }: Program, run: Run) => runs.set(name, [...(runs.get(name) ?? []), run]);

async function runProgram(session: Session, record: Record, program: Program, plan: Plan): Promise<void> {
  if (record.failures.has(program.name)) return;
  const count = Math.max(1, Math.round(program.count * plan.scale));
  try {
    for (let n = 0; n < plan.warmUp; n++) {
      const run = await session.run(program, count);
      if (n === 0) add(record.firstRuns, program, run);
    }
    add(record.runs, program, await session.run(program, count));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    record.failures.set(program.name, error.message);
  }
}

async function round(
  { command, guest, counters }: Prepared,
  record: Record,
  plan: Plan,
  progress: Progress,
): Promise<void> {
  const session = new Session(command, plan.limits);
  try {
    if (guest === undefined) await session.until(RUNNER_READY);
    else {
      progress(record.name, 'boot');
      await bootGuest(session, guest, record);
      if (plan.idleSeconds > 0) {
        progress(record.name, 'sleep');
        await session.idle(SETTLE_SECONDS);
        record.idle.push(await session.idle(plan.idleSeconds));
      }
    }
    for (const program of plan.programs) {
      progress(record.name, program.name);
      await runProgram(session, record, program, plan);
    }
    if (guest !== undefined && plan.programs.length > 0) record.loads.push((await session.usage()).peakRssBytes);
    if (counters !== undefined) {
      await session.terminate();
      record.counters.push(JSON.parse(await readFile(counters, 'utf8')));
      await rm(counters);
    }
  } finally {
    session.close();
  }
}

/** Whoever is not there has that as its reason. */
async function prepareAll(subjects: readonly Subject[], records: readonly Record[]): Promise<(Prepared | undefined)[]> {
  const all = [];
  for (const [n, subject] of subjects.entries())
    all.push(
      await subject.prepare().catch((error: Error) => {
        if (error instanceof UserError) throw error;
        records[n].reason = error.message;
        return undefined;
      }),
    );
  return all;
}

/**
 * Runs the plan for all subjects into `records`, one of each, which hold what was measured however this ends. A subject
 * that fails is left out from then on; an interruption ends all. Throws a UserError before anything is run.
 */
export async function runRounds(
  subjects: readonly Subject[],
  records: readonly Record[],
  plan: Plan,
  progress: Progress,
): Promise<void> {
  const { signal } = plan.limits;
  const prepared = await prepareAll(subjects, records);
  for (let n = 0; n < plan.rounds; n++)
    for (const [index, record] of records.entries()) {
      const start = prepared[index];
      if (start === undefined || record.reason !== undefined || signal.aborted) continue;
      await round(start, record, plan, progress).catch((error: Error) => {
        if (!signal.aborted) record.reason = error.message;
      });
    }
}

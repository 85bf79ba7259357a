/**
 * Interleaved rounds: each subject boots and runs all programs, then the next does, then all over again; or all boot, and
 * then take turns with each program.
 */
import { readFile, rm } from 'node:fs/promises';
import { UserError } from '../../src/errors.ts';
import type { Program } from '../programs/table.ts';
import type { Guest } from './guest.ts';
import { RUNNER_READY } from './guest.ts';
import type { Record } from './record.ts';
import { type CommandLine, type Limits, Session } from './session.ts';
import { type Running, type Turns, takeTurns } from './turns.ts';

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

export interface Plan extends Turns {
  readonly programs: readonly Program[];
  readonly rounds: number;
  /** The subjects are up at the same time and take turns with every run, so that they meet the same state of the host. */
  readonly together: boolean;
  /** Seconds over which the waiting guest is watched; 0 leaves it out. */
  readonly idleSeconds: number;
  readonly limits: Limits;
}

/** Told of every step: a subject, and what it does now. */
export type Progress = (subject: string, step: string) => void;

/** Steps of all rounds: boots, idle guests, programs. */
export function stepsOf({ programs, idleSeconds, together, rounds }: Plan, subjects: readonly Subject[]): number {
  const guests = subjects.filter(({ native }) => !native).length;
  const turns = together && subjects.length > 0 ? 1 : subjects.length;
  return rounds * (guests * (idleSeconds > 0 ? 2 : 1) + turns * programs.length);
}

const SETTLE_SECONDS = 1;

/** A subject's guest from its start on. */
interface Started extends Running {
  readonly prepared: Prepared;
}

async function boot({ session, record, prepared: { guest } }: Started, plan: Plan, progress: Progress): Promise<void> {
  if (guest === undefined) {
    await session.until(RUNNER_READY);
    return;
  }
  progress(record.name, 'boot');
  record.boots.push(await session.boot(guest.booted));
  if (guest.begin !== undefined) {
    session.type(guest.begin);
    await session.until(RUNNER_READY);
  }
  if (plan.idleSeconds === 0) return;
  progress(record.name, 'sleep');
  await session.idle(SETTLE_SECONDS);
  record.idle.push(await session.idle(plan.idleSeconds));
}

async function end({ session, record, prepared: { guest, counters } }: Started, plan: Plan): Promise<void> {
  if (guest !== undefined && plan.programs.length > 0) record.loads.push((await session.usage()).peakRssBytes);
  if (counters === undefined) return;
  await session.terminate();
  record.counters.push(JSON.parse(await readFile(counters, 'utf8')));
  await rm(counters);
}

/** One round of some subjects, which are up at the same time. A guest that fails is left out from then on. */
async function round(
  subjects: readonly { record: Record; prepared: Prepared }[],
  plan: Plan,
  progress: Progress,
): Promise<void> {
  let up: Started[] = [];
  const failed = (guest: Running, error: Error) => {
    guest.session.close();
    up = up.filter((one) => one !== guest);
    if (!plan.limits.signal.aborted) guest.record.reason = error.message;
  };
  const each = async (work: (guest: Started) => Promise<void>) => {
    for (const guest of up) await work(guest).catch((error: Error) => failed(guest, error));
  };
  try {
    for (const { record, prepared } of subjects) {
      const guest = { record, prepared, session: new Session(prepared.command, plan.limits) };
      up.push(guest);
      await boot(guest, plan, progress).catch((error: Error) => failed(guest, error));
    }
    for (const program of plan.programs) {
      if (up.length > 0) progress(up.map(({ record }) => record.name).join(', '), program.name);
      await takeTurns(up, program, plan, failed);
    }
    await each((guest) => end(guest, plan));
  } finally {
    for (const { session } of up) session.close();
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
  for (let n = 0; n < plan.rounds; n++) {
    const there = () =>
      records.flatMap((record, index) => {
        const start = prepared[index];
        return start === undefined || record.reason !== undefined || signal.aborted
          ? []
          : [{ record, prepared: start }];
      });
    if (plan.together) await round(there(), plan, progress);
    else for (const one of there()) if (!signal.aborted) await round([one], plan, progress);
  }
}

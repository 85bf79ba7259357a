/** What has been measured of a subject so far. */
import type { Boot, Run } from './session.ts';

/** What is reported of `vmi86 boot --stats`. */
export interface Counters {
  readonly tlbMisses: number;
  readonly transfers: number;
  readonly exceptions: Readonly<{ [vector: string]: number }>;
  readonly counters: Readonly<{ [name: string]: number }>;
}

export interface Record {
  readonly name: string;
  readonly native: boolean;
  readonly boots: Boot[];
  /** Shares of a processor while the guest waits. */
  readonly idle: number[];
  /** Peak resident sets after the programs, in bytes. */
  readonly loads: number[];
  /** By name of the program: what those runs of each boot amount to that count. */
  readonly runs: Map<string, Run[]>;
  /** First runs of programs in a boot, where others follow that count. */
  readonly firstRuns: Map<string, Run[]>;
  /** Every run of each boot, in order, those to warm up included. */
  readonly allRuns: Map<string, Run[][]>;
  /** Its counters at the end of each round. */
  readonly counters: Counters[];
  /** Why programs gave no result, by name. */
  readonly failures: Map<string, string>;
  /** Why there is no more of this subject. One that failed once is not started again. */
  reason?: string;
}

export const newRecord = ({ name, native = false }: { name: string; native?: boolean }): Record => ({
  name,
  native,
  boots: [],
  idle: [],
  loads: [],
  counters: [],
  runs: new Map(),
  firstRuns: new Map(),
  allRuns: new Map(),
  failures: new Map(),
});

/** CPU time of a run. The host's accounting is exact for its own programs; of an emulator the whole process counts. */
export const cpuTime = ({ native }: Record, run: Run): number => (native ? run.accountedSeconds : run.cpuSeconds);

/** What a process and its descendants have used, read from Linux's /proc (proc(5)). */
import { readdir, readFile } from 'node:fs/promises';

export interface Usage {
  /** User and system time of all threads and all descendants, ended ones included. */
  cpuSeconds: number;
  /** The resident set now, the sum over the processes. */
  rssBytes: number;
  /** Largest resident set, the sum over the processes that still live. */
  peakRssBytes: number;
}

/** Linux shows times to user space in hundredths of a second, whatever its own clock. */
const TICKS_PER_SECOND = 100;
/** Positions in /proc/PID/stat, counted from the state, which follows the parenthesis that closes the name. */
const UTIME = 11;
const CHILDREN_STIME = 14;

async function children(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')));
  return lists
    .join(' ')
    .split(' ')
    .map(Number)
    .filter((child) => child > 0);
}

const kibibytes = (status: string, field: string) =>
  Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);

/** The use of process `pid` up to now. Throws when it has ended. */
export async function usage(pid: number): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const times = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(UTIME, CHILDREN_STIME + 1);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const total: Usage = {
    cpuSeconds: times.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND,
    rssBytes: kibibytes(status, 'VmRSS') * 1024,
    peakRssBytes: kibibytes(status, 'VmHWM') * 1024,
  };
  for (const child of await children(pid)) {
    const used = await usage(child);
    total.cpuSeconds += used.cpuSeconds;
    total.rssBytes += used.rssBytes;
    total.peakRssBytes += used.peakRssBytes;
  }
  return total;
}

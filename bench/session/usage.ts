/** What a process and its descendants have used, read from Linux's /proc (proc(5)). */
import { readdir, readFile } from 'node:fs/promises';

export interface Usage {
  /**
   * User and system time of all threads and all descendants. Ended ones are included in hundredths of a second; as long as
   * there are none the time is exact.
   */
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

const ofTasks = async (pid: number, file: string): Promise<string[]> => {
  const tasks = await readdir(`/proc/${pid}/task`);
  return Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/${file}`, 'utf8').catch(() => '')));
};

async function children(pid: number): Promise<number[]> {
  return (await ofTasks(pid, 'children'))
    .join(' ')
    .split(' ')
    .map(Number)
    .filter((child) => child > 0);
}

/** Seconds that the threads which live have run, to the nanosecond; 0 where the kernel does not count that. */
async function secondsOfTasks(pid: number): Promise<number> {
  const all = await ofTasks(pid, 'schedstat');
  return all.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9;
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
  const ticks = times.reduce((sum, one) => sum + Number(one), 0);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const total: Usage = {
    cpuSeconds: Math.max(ticks / TICKS_PER_SECOND, await secondsOfTasks(pid)),
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

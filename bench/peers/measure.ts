/** Runs a program until it has printed a text, and takes the measure of it. */
import { spawn } from 'node:child_process';
import { type Usage, usage } from './usage.ts';

/** One boot. */
export interface Sample extends Usage {
  wallSeconds: number;
}

export interface Limits {
  timeoutSeconds: number;
  /** Ends the measurement early; measure then throws. */
  signal: AbortSignal;
}

/** How much of the output to keep for a complaint, in characters. */
const TAIL = 300;

/**
 * Starts `command` and measures it from its start until `marker` is on its standard output; then kills it, so that
 * neither shutting down nor an exit status plays a part. Throws an Error that says why the marker did not come.
 */
export async function measure(
  command: readonly [string, ...string[]],
  marker: string,
  limits: Limits,
): Promise<Sample> {
  const [program, ...options] = command;
  const start = performance.now();
  // Standard input is a pipe that stays open and silent: nobody's console is put in raw mode. A process group of its
  // own keeps Ctrl-C from it.
  const child = spawn(program, options, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  try {
    await outputHas(child, marker, limits);
    const wallSeconds = (performance.now() - start) / 1000;
    return { wallSeconds, ...(await usage(child.pid!)) };
  } finally {
    const running = child.exitCode === null && child.signalCode === null;
    if (child.pid !== undefined && running) process.kill(-child.pid, 'SIGKILL');
  }
}

type Child = ReturnType<typeof spawn>;

function outputHas(child: Child, marker: string, { timeoutSeconds, signal }: Limits): Promise<void> {
  let seen = '';
  const tail = () => seen.slice(-TAIL).trim().replaceAll(/\s+/g, ' ');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`not there after ${timeoutSeconds} s: ${tail()}`), timeoutSeconds * 1000);
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(reason));
    };
    const take = (chunk: Buffer) => {
      seen = seen.slice(-TAIL - marker.length) + chunk.toString('latin1');
      if (!seen.includes(marker)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
    child.on('error', (error) => fail(error.message));
    child.on('close', (status, by) => fail(`ended with ${by ?? status}: ${tail()}`));
    signal.addEventListener('abort', () => fail('interrupted'), { once: true });
  });
}

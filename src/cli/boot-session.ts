import { writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Machine, MachineOptions, Outcome, Stats } from '../machine/api.ts';
import { attempt } from '../machine/input-files.ts';
import type { BootOptions } from './boot-options.ts';
import type { ConsoleSink } from './console-output.ts';
import { borrowedSink, copyConsole, fileSink, nullSink } from './console-output.ts';
import { crashText } from './crash-text.ts';
import type { Host } from './host.ts';
import { STATUS } from './host.ts';
import { showLiveStatus } from './live-status.ts';
import { noticeTo } from './notice.ts';
import { onEndingSignal } from './signals.ts';
import { StatusLine } from './status-line.ts';
import { connectTerminal } from './terminal.ts';
import { TextWatch } from './text-watch.ts';
import { startTimeout } from './timeout.ts';

export type SessionOptions = Pick<BootOptions, 'console' | 'serial' | 'timeout' | 'exitOn' | 'stats' | 'monitor'>;

/** Why a session ends: its exit status, and what is said about it on standard error. */
interface Ending {
  readonly status: number;
  readonly message?: string;
}

const FOUND: Ending = { status: STATUS.success };

/**
 * Runs one machine with its console, from creation to release.
 * @param atEnd gets the machine after it has been stopped
 * @returns the exit status
 * @throws UserError when a file cannot be used
 */
export async function bootSession(
  machineOptions: MachineOptions,
  options: SessionOptions,
  host: Host,
  atEnd: (machine: Machine) => Promise<void> = async () => {},
): Promise<number> {
  const { stats } = options;
  // Before the machine is made, so that a bad name is known at once.
  if (stats !== undefined) writeText(stats, '');
  const { console: where, serial } = outputsOf(options);
  const sink = openSink(where, host);
  const serialSink = serial === undefined ? undefined : openSink(serial, host);
  try {
    const machine = await host.createMachine(withNotices(machineOptions, host));
    if (serialSink) copyConsole(machine.serial.output, serialSink.stream).catch(() => machine.serial.output.destroy());
    const ending = await runToEnd(machine, { where, sink: sink.stream }, options, host).finally(() => machine.stop());
    if (stats !== undefined) writeText(stats, statsText(ending.status, machine.stats()));
    await atEnd(machine);
    if (ending.message) host.stderr.write(`vmi86: ${ending.message}\n`);
    return ending.status;
  } finally {
    await sink.close();
    await serialSink?.close();
  }
}

/** What debuggers do, and traces cannot, is told on standard error. */
function withNotices(options: MachineOptions, host: Host): MachineOptions {
  const notice = noticeTo(host);
  const { gdb, trace, ...others } = options;
  return { ...others, ...(gdb && { gdb: { ...gdb, notice } }), ...(trace && { trace: { ...trace, notice } }) };
}

/** Whatever comes first ends the run; the console is then written out, and the terminal as it was before. */
async function runToEnd(
  machine: Machine,
  { where, sink }: { where: string; sink: Writable },
  options: SessionOptions,
  host: Host,
): Promise<Ending> {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<Ending>();
  const watch = options.exitOn === undefined ? undefined : new TextWatch(options.exitOn);
  const copied = copyConsole(machine.console.output, sink, watch).then(
    (result) => (result === 'found' ? FOUND : undefined),
    (error) => brokenSink(where, error),
  );
  copied.then((ending) => ending && end(ending));
  const release = [onEndingSignal((status) => end({ status }))];
  if (where === 'stdio') {
    const onQuit = () => end({ status: STATUS.success });
    const status = new StatusLine();
    const onStatus = () => status.next(machine.stats());
    release.push(connectTerminal({ ...host, input: machine.console.input, onQuit, onStatus }));
  }
  if (options.monitor) release.push(showLiveStatus(machine, host));
  if (options.timeout !== undefined) {
    const message = `timeout: the guest still ran after ${options.timeout} seconds`;
    release.push(startTimeout(machine, options.timeout, () => end({ status: STATUS.timeout, message })));
  }
  try {
    machine.run().then((outcome) => end(endingOf(outcome)), fail);
    const ending = await ended;
    await machine.stop();
    // What was printed last may hold the text waited for.
    return (await copied) ?? ending;
  } finally {
    for (const action of release) action();
  }
}

/** Where the console goes, and the serial port if it is another device. */
function outputsOf({ console, serial }: SessionOptions): { console: string; serial?: string } {
  return console === 'virtio' ? { console: 'stdio', serial: serial ?? 'none' } : { console: serial ?? 'stdio' };
}

function openSink(serial: string, host: Host): ConsoleSink {
  if (serial === 'stdio') return borrowedSink(host.stdout);
  return serial === 'none' ? nullSink() : fileSink(serial);
}

function statsText(status: number, stats: Stats): string {
  return `${JSON.stringify({ status, ...stats }, null, 2)}\n`;
}

export function writeText(path: string, text: string | Uint8Array): void {
  attempt(path, () => writeFileSync(path, text));
}

function endingOf(outcome: Outcome): Ending {
  if (outcome.reason === 'crash') return { status: STATUS.crash, message: crashText(outcome.report) };
  return { status: STATUS.success };
}

/** A reader that has gone away is no mistake of anyone. */
function brokenSink(serial: string, error: NodeJS.ErrnoException): Ending {
  if (error.code === 'EPIPE') return { status: STATUS.brokenPipe };
  const name = serial === 'stdio' ? 'standard output' : serial;
  return { status: STATUS.usage, message: `${name}: cannot be written (${error.code ?? error.message})` };
}

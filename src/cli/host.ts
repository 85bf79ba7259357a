import type { Readable, Writable } from 'node:stream';
import type { Machine, MachineOptions } from '../machine/api.ts';

/** Standard input: a terminal, which can be switched to raw mode, or a pipe or file. */
export type InputStream = Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };

/** What a command needs of the process around it; tests give their own. */
export interface Host {
  readonly stdin: InputStream;
  /** What goes wrong with an output is reported to the writer; its 'error' event is somebody's already. */
  readonly stdout: Writable;
  readonly stderr: Writable & { isTTY?: boolean };
  createMachine(options: MachineOptions): Promise<Machine>;
}

/** The exit statuses; one ended by a signal exits as a shell reports it, with 128 and the signal's number. */
export const STATUS = { success: 0, internalError: 1, usage: 2, crash: 3, timeout: 4, brokenPipe: 141 } as const;

export function processHost(): Host {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    createMachine: async (options) => (await import('../index.ts')).createMachine(options),
  };
}

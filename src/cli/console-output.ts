import { createWriteStream, openSync } from 'node:fs';
import { type Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { attempt } from '../machine/input-files.ts';
import type { TextWatch } from './text-watch.ts';

/** Where the guest's console goes. */
export interface ConsoleSink {
  readonly stream: Writable;
  /** Waits until everything is written, and closes what was opened. */
  close(): Promise<void>;
}

/** A sink that writes to a file. @throws UserError */
export function fileSink(path: string): ConsoleSink {
  const stream = createWriteStream(path, { fd: attempt(path, () => openSync(path, 'w')) });
  // Every failed write is reported to its writer; without a listener it would end the process as well.
  stream.on('error', () => {});
  return { stream, close: () => (stream.errored ? Promise.resolve() : finished(stream.end())) };
}

/** A sink that belongs to someone else. */
export function borrowedSink(stream: Writable): ConsoleSink {
  return { stream, close: async () => {} };
}

/** A sink that forgets. */
export function nullSink(): ConsoleSink {
  return { stream: new Writable({ write: (_chunk, _encoding, done) => done() }), close: async () => {} };
}

/**
 * Writes what the guest prints until it ends, or until the text watched for: then nothing after it is written,
 * so that the output does not depend on how it was cut into chunks.
 * @throws the sink's error
 */
export async function copyConsole(output: Readable, sink: Writable, watch?: TextWatch): Promise<'end' | 'found'> {
  for await (const chunk of output as AsyncIterable<Uint8Array>) {
    const found = watch?.feed(chunk) ?? -1;
    await written(sink, found < 0 ? chunk : chunk.subarray(0, found));
    if (found >= 0) return 'found';
  }
  return 'end';
}

function written(sink: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

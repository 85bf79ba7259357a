/** Runs commands in a guest's shell. */
import type { Console } from './console.ts';

export interface Result {
  status: number;
  /** What the command printed, with plain line ends. */
  output: string;
}

/**
 * Types `command` (one line of shell) and waits for its end. The quotes within the two marks keep the echo of the
 * typed line from looking like them.
 */
export async function run(console: Console, command: string, timeoutMs: number): Promise<Result> {
  console.type(`echo be''gin; ${command}; echo en''d $?\n`);
  await console.expect(/begin\r?\n/, timeoutMs);
  const text = await console.expect(/end \d+\r?\n/, timeoutMs);
  const [, output, status] = /^(.*)end (\d+)\r?\n$/s.exec(text)!;
  return { status: Number(status), output: output.replaceAll('\r', '') };
}

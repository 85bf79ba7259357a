/** The embedded guest's shell, on whatever machine it runs. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Console } from '../support/console.ts';

/** Host path of the built image. */
export const GUEST_IMAGE = join(import.meta.dirname, '../../guest/guest.elf');
export const PROMPT = 'vmi86# ';

/** Types a line and returns what it printed, without the echo. */
export type Shell = (line: string) => Promise<string>;

/** With plain line ends. */
export const plain = (text: string): string => text.replaceAll('\r', '');

/** Waits for the first prompt. `patienceMs` is the longest that any line may take. */
export async function shellOn(console: Console, patienceMs: number): Promise<Shell> {
  await console.expect(PROMPT, patienceMs);
  return async (line) => {
    console.type(`${line}\n`);
    const output = plain(await console.expect(PROMPT, patienceMs));
    expect(output.startsWith(`${line}\n`)).toBe(true);
    return output.slice(line.length + 1, -PROMPT.length);
  };
}

/** A program that never yields runs beside the shell, is killed from there, and ends by ^C in the foreground. */
export async function preempts(console: Console, run: Shell, patienceMs: number): Promise<void> {
  expect(await run('yes >/dev/null &')).toMatch(/^\[\d+\]\n$/);
  expect(await run('echo still here')).toBe('still here\n');
  const pid = /^ *(\d+) .* yes$/m.exec(await run('ps'))![1];
  await run(`kill ${pid}; sleep 1`);
  expect(await run('ps')).not.toMatch(/yes/);
  console.type('yes\n');
  await console.expect('\ny\r\ny\r\n', patienceMs);
  console.type('\x03');
  await console.expect('^C', patienceMs);
  await console.expect(PROMPT, patienceMs);
  expect(await run('echo $?')).toBe('130\n');
}

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

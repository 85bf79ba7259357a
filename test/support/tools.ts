import { spawnSync } from 'node:child_process';

/** True when `command` can be run with these arguments and exits with 0. */
export function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/**
 * Prints the reason, if there is one, and returns whether there is: for `describe.skipIf`, as a test that does not run
 * says why.
 */
export function skipBecause(reason: string | undefined): boolean {
  if (reason === undefined) return false;
  console.warn(`skipped: ${reason}`);
  return true;
}

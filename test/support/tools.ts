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

/** As skipBecause, for want of a program that .ci/run installs: in CI that is a mistake. Throws then. */
export function skipWithout(missing: string | undefined): boolean {
  if (missing !== undefined && process.env['CI']) throw new Error(missing);
  return skipBecause(missing);
}

/** Debian's kernels as tests boot them: whether they are at hand, how long they may take, and the way to their shell. */
import { type DebianGuest, debianGuest, PROMPT, READY } from '../../bench/debian/guest.ts';
import type { Console } from './console.ts';
import { type GuestFiles, qemu, vmi86 } from './engines.ts';

/** Bounds, not measurements: generous enough for a slow machine that runs other tests too. */
export const BOOT_MS = 600_000;
export const COMMAND_MS = 120_000;

/** Tests are to be tried themselves, in QEMU. */
export const inQemu = process.env['VMI86_TEST_ENGINE'] === 'qemu';

/** The guest, or undefined after a line that says why `what` is skipped. In CI it must be there. */
export const debianOrSkip = (what: string): Promise<DebianGuest | undefined> =>
  debianGuest().catch((error: Error) => {
    if (process.env['CI']) throw error;
    console.warn(`${what} skipped: ${error.message}`);
    return undefined;
  });

/** Boots in vmi86, or in QEMU to try the test. */
export const boot = (files: GuestFiles): Console => (inQemu ? qemu : vmi86)(files);

/** Waits for the shell of a guest that boots. */
export const untilShell = async (guest: Console): Promise<void> => {
  await guest.expect(READY, BOOT_MS);
  await guest.expect(PROMPT, COMMAND_MS);
};

/** A shell of Debian's for the tests of one describe: a guest with a disk, which the host looks at, too. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Console } from './console.ts';
import { BOOT_MS, boot, COMMAND_MS, untilShell } from './debian.ts';
import type { GuestFiles } from './engines.ts';
import { type Result, run } from './shell.ts';

export const MIB = 1 << 20;

/** The sum that `md5sum` prints. */
export const md5 = (data: Uint8Array): string => createHash('md5').update(data).digest('hex');
/** What `seq last` prints. */
export const seq = (last: number): Buffer => Buffer.from(Array.from({ length: last }, (_, i) => `${i + 1}\n`).join(''));

export interface Shell {
  /** What is on the disk at first: nothing that a file system would leave by itself. */
  readonly before: Buffer;
  /** What is on it now. */
  disk(): Buffer;
  run(command: string): Promise<Result>;
  /** Types `poweroff`; the exit status of the run. */
  powerOff(): Promise<number | null>;
}

/** `files`: what the guest is booted with, but for the disk. */
export const shellWithDisk = (files: () => GuestFiles): Shell => {
  const before = Buffer.alloc(8 * MIB, 'what the host wrote.');
  let directory: string;
  let guest: Console | undefined;
  const disk = () => join(directory, 'disk.img');

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vmi86-debian-'));
    writeFileSync(disk(), before);
    guest = boot({ ...files(), disk: disk() });
    await untilShell(guest);
  }, BOOT_MS);

  afterAll(() => {
    guest?.kill();
    rmSync(directory, { recursive: true });
  });

  return {
    before,
    disk: () => readFileSync(disk()),
    run: (command) => run(guest!, command, COMMAND_MS),
    powerOff: () => {
      guest!.type('poweroff -f\n');
      return guest!.exit;
    },
  };
};

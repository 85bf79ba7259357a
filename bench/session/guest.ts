/** What the benchmarks boot: a kernel, and an initial RAM disk that has the programs. */
import { existsSync, statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { debianGuest, READY } from '../debian/guest.ts';
import { GUEST_DIRECTORY, programArchive } from '../programs/archive.ts';
import { RUNNER } from '../programs/build.ts';

/** What the runner prints when it takes commands. */
export const RUNNER_READY = 'runner ready';

export interface Guest {
  /** Host paths. */
  readonly kernel: string;
  readonly initrd: string;
  /** The kernel's command line. */
  readonly append: string;
  /** Guest memory in MiB. */
  readonly memory: number;
  /** The text on the console that ends the boot. */
  readonly booted: string;
  /** What is then typed to start the runner; nothing when it is the first process. */
  readonly begin?: string;
}

export interface GuestOptions {
  /** Host paths. */
  kernel?: string;
  initrd?: string;
  /** Further parameters of a Linux kernel. */
  append?: string;
  memory: number;
  /** Without a kernel: the project's own guest instead of Debian's. */
  embedded?: boolean;
}

const RUNNER_PATH = `${GUEST_DIRECTORY}/${RUNNER}`;

const parameters = (own: string, further: string | undefined) => (further === undefined ? own : `${own} ${further}`);

function file(path: string): string {
  if (!existsSync(path)) throw new UserError(`${path}: no such file`);
  if (!statSync(path).isFile()) throw new UserError(`${path}: not a file`);
  return path;
}

/** The archives one behind the other, padded as Linux wants them, in a file beside the programs. */
async function initrd(programs: string, name: string, first?: string): Promise<string> {
  const path = join(programs, '..', name);
  const fresh = `${path}-${process.pid}`;
  const before = first === undefined ? Buffer.alloc(0) : await readFile(first);
  await writeFile(fresh, Buffer.concat([before, Buffer.alloc(-before.length & 3), await programArchive(programs)]));
  await rename(fresh, path);
  return path;
}

/** Debian's 686 kernel with busybox, booted to its shell, which then starts the runner. */
async function debian(programs: string, { memory, append }: GuestOptions): Promise<Guest> {
  const parts = await debianGuest().catch((error: Error) => {
    throw new UserError(`Debian's kernel cannot be had (use --kernel): ${error.message}`);
  });
  return {
    kernel: parts.kernels[686],
    initrd: await initrd(programs, 'initrd-debian', parts.initrd),
    append: parameters('console=ttyS0', append),
    memory,
    booted: READY,
    begin: `exec ${RUNNER_PATH}\n`,
  };
}

/** The embedded guest takes an archive as its module, and a command behind two dashes. */
async function embedded(programs: string, memory: number): Promise<Guest> {
  return {
    kernel: join(packageRoot(), 'guest/guest.elf'),
    initrd: await initrd(programs, 'initrd-embedded'),
    append: `-- ${RUNNER_PATH}`,
    memory,
    booted: RUNNER_READY,
  };
}

/**
 * The guest that `options` describe. `programs` is the host directory of the binaries. A kernel of the user's boots
 * straight into the runner. Throws a UserError that says what cannot be had.
 */
export async function prepareGuest(programs: string, options: GuestOptions): Promise<Guest> {
  const { kernel, initrd: first, append, memory } = options;
  if (kernel === undefined) {
    if (first !== undefined) throw new UserError('--initrd needs --kernel');
    return options.embedded ? embedded(programs, memory) : debian(programs, options);
  }
  return {
    kernel: file(kernel),
    initrd: await initrd(programs, 'initrd-own', first && file(first)),
    append: parameters(`console=ttyS0 rdinit=${RUNNER_PATH}`, append),
    memory,
    booted: RUNNER_READY,
  };
}

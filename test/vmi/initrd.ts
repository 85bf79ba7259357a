/**
 * The user space for kernels of any age: a shell as first process and the workload, in an initial RAM disk. It needs no
 * library and no system call younger than Linux 2.6. As a script it writes the RAM disk into the file it is given.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpio, type Entry } from '../../bench/debian/cpio.ts';
import { compile } from '../../bench/programs/build.ts';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), 'programs');

/** Paths in the guest, and the sources of each program. */
const PROGRAMS = {
  init: ['init', 'shared'],
  'bin/workload': ['workload', 'shared', 'processes', 'memory', 'signals', 'disk', 'machine'],
};
const DIRECTORIES = ['bin', 'dev', 'proc', 'sys'];

/** Compiles one of the programs into host file `output`. Throws a UserError without gcc for i386. */
export function compileProgram(path: keyof typeof PROGRAMS, output: string): Promise<void> {
  const sources = PROGRAMS[path].map((name) => join(SOURCES, `${name}.c`));
  return compile(sources, 'x87', output);
}

/** Compiles the programs and packs them. Throws a UserError without gcc for i386. */
export async function workloadInitrd(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'vmi86-workload-'));
  try {
    const entries: Entry[] = DIRECTORIES.map((path) => ({ kind: 'directory', path, mode: 0o755 }));
    entries.push({ kind: 'character', path: 'dev/console', mode: 0o600, device: [5, 1] });
    for (const path of Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]) {
      const output = join(folder, 'program');
      await compileProgram(path, output);
      entries.push({ kind: 'file', path, mode: 0o755, data: await readFile(output) });
    }
    return cpio(entries);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const output = process.argv[2];
  if (output === undefined) throw new Error('initrd.ts FILE');
  await writeFile(output, await workloadInitrd());
}

/** The programs as a part of an initial RAM disk. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpio, type Entry } from '../debian/cpio.ts';

/** Where the programs lie in a guest. */
export const GUEST_DIRECTORY = '/bench';

/** Devices that programs use, and that the kernel wants for its first process. */
const DEVICES: readonly Entry[] = [
  { kind: 'character', path: 'dev/console', mode: 0o600, device: [5, 1] },
  { kind: 'character', path: 'dev/null', mode: 0o666, device: [1, 3] },
];

/**
 * An archive of the binaries in host directory `programs`, for a kernel that starts with nothing else; Linux also takes
 * it behind another archive.
 */
export async function programArchive(programs: string): Promise<Buffer> {
  const folder = GUEST_DIRECTORY.slice(1);
  const directories = ['dev', 'tmp', folder].map((path): Entry => ({ kind: 'directory', path, mode: 0o755 }));
  const files = (await readdir(programs)).sort().map(
    async (name): Promise<Entry> => ({
      kind: 'file',
      path: `${folder}/${name}`,
      mode: 0o755,
      data: await readFile(join(programs, name)),
    }),
  );
  return cpio([...directories, ...DEVICES, ...(await Promise.all(files))]);
}

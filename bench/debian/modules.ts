/** Finds the kernel modules that a few wanted ones need, in the order in which they can be loaded. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SUFFIX = /\.ko(\.xz)?$/;

/** A kernel module: its name as in `lsmod` and its ELF file, decompressed. */
export interface Module {
  name: string;
  data: Buffer;
}

/** Files and dependencies write `-` where module names have `_`. */
const moduleName = (file: string): string => basename(file).replace(SUFFIX, '').replaceAll('-', '_');

async function contents(file: string): Promise<Buffer> {
  if (!file.endsWith('.xz')) return readFile(file);
  const { stdout } = await run('xz', ['--decompress', '--stdout', file], { encoding: 'buffer', maxBuffer: 64 << 20 });
  return stdout;
}

/** The modules named in the `depends` line of the .modinfo section, whose lines end with NUL. */
function dependencies(module: Buffer): string[] {
  const names = /\0depends=([^\0]*)\0/.exec(module.toString('latin1'))?.[1] ?? '';
  return names
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}

/**
 * `wanted` modules and all they depend on from the tree below host directory `root`, every one after those it needs.
 */
export async function loadOrder(root: string, wanted: readonly string[]): Promise<Module[]> {
  const files = (await readdir(root, { recursive: true })).filter((file) => SUFFIX.test(file));
  const byName = new Map(files.map((file) => [moduleName(file), join(root, file)]));
  const order = new Map<string, Module>();
  const visit = async (name: string): Promise<void> => {
    if (order.has(name)) return;
    const file = byName.get(name);
    if (file === undefined) throw new Error(`the kernel package has no module ${name}`);
    const data = await contents(file);
    for (const needed of dependencies(data)) await visit(needed);
    order.set(name, { name, data });
  };
  for (const name of wanted) await visit(name);
  return [...order.values()];
}

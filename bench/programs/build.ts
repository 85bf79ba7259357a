/**
 * Compiles the benchmark programs: static binaries for Linux/i386 that need no library. Kept in a directory that git
 * ignores, under a digest of their sources. As a script it prints where they are.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { binary, PROGRAMS, type Target } from './table.ts';

const run = promisify(execFile);

const SOURCES = join(packageRoot(), 'bench/programs');
/** System calls are made as the embedded guest's own programs make them. */
const GUEST = join(packageRoot(), 'guest');
const SYSTEM_CALL = join(GUEST, 'user/lib/system_call.S');
/** What the programs' own sources include of the guest's. */
const INCLUDED = ['include/syscalls.def', 'user/lib/calls.h'].map((file) => join(GUEST, file));
const CACHE = join(packageRoot(), '.cache/bench');

/** Exactly what the sources say: nothing turned into vectors or calls of a library, nothing between the functions. */
const OPTIONS = [
  '-m32 -O2 -std=gnu11 -Wall -Wextra -Werror',
  '-ffreestanding -nostdlib -static -fno-pie -no-pie -Wl,-z,noexecstack',
  '-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none',
  '-fno-tree-vectorize -fno-tree-slp-vectorize -fno-tree-loop-distribute-patterns',
].flatMap((line) => line.split(' '));

const TARGET_OPTIONS: Readonly<Record<Target, readonly string[]>> = {
  i686: ['-march=i686', '-mno-sse'],
  x87: ['-march=i686', '-mno-sse', '-mfpmath=387'],
  sse2: ['-march=pentium4', '-msse2', '-mfpmath=sse'],
};

/** Binaries that are not programs of the table: they have their own entry instead of the measured frame. */
const TOOLS = ['nothing', 'shell', 'runner'];
/** The one that starts the others. */
export const RUNNER = 'runner';

interface Target32 {
  name: string;
  files: string[];
  target: Target;
}

function targets(): Target32[] {
  const programs = PROGRAMS.map((one): [string, Target32] => [
    binary(one),
    { name: binary(one), target: one.target, files: [`${one.source}.c`, 'runtime/measured.c'] },
  ]);
  const tools = TOOLS.map((name): Target32 => ({ name, target: 'i686', files: [`tools/${name}.c`] }));
  return [...new Map(programs).values(), ...tools];
}

async function digest(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([OPTIONS, TARGET_OPTIONS, targets()]));
  const files = (await readdir(SOURCES, { recursive: true })).filter((file) => /\.[chS]$/.test(file)).sort();
  for (const file of files) hash.update(file).update(await readFile(join(SOURCES, file)));
  for (const file of [SYSTEM_CALL, ...INCLUDED]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Compiles one program on top of the runtime. `sources` are host paths, absolute or from this folder; so is `output`.
 * Throws a UserError that says what is missing.
 */
export async function compile(sources: readonly string[], target: Target, output: string): Promise<void> {
  const runtime = ['-Iruntime', 'runtime/library.c', 'runtime/start.S', SYSTEM_CALL];
  const options = [...OPTIONS, ...TARGET_OPTIONS[target], '-o', output, ...sources, ...runtime, '-lgcc'];
  await run('gcc', options, { cwd: SOURCES }).catch((error: { code?: unknown; stderr?: string }) => {
    if (error.code === 'ENOENT') throw new UserError('gcc is not installed; it compiles the benchmark programs');
    const complaint = /.*(error|cannot find).*/.exec(error.stderr ?? '')?.[0] ?? String(error);
    throw new UserError(`gcc cannot compile for i386 (Debian has that in gcc-multilib): ${complaint}`);
  });
}

/** Host directory of the binaries, compiled unless they are there. Throws a UserError that says what is missing. */
export async function buildPrograms(): Promise<string> {
  const into = join(CACHE, `programs-${await digest()}`);
  if (existsSync(into)) return into;
  const fresh = `${into}-${process.pid}`;
  await mkdir(fresh, { recursive: true }).catch((error: Error) => {
    throw new UserError(`the benchmark programs cannot be built: ${error.message}`);
  });
  try {
    for (const { name, files, target } of targets()) await compile(files, target, join(fresh, name));
    // Whoever renames first wins, and the result of another process is as good.
    await rename(fresh, into).catch((error) => {
      if (!existsSync(into)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return into;
}

if (import.meta.main) console.log(await buildPrograms());

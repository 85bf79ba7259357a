/**
 * The core module, compiled once a process. A built package carries it as a file; sources keep one under .cache,
 * named by what it was built from, so that a stale one is never loaded. Only building needs binaryen.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const TRANSLATOR = new URL('../translator/', import.meta.url);
const CACHE = new URL('../.cache/', import.meta.url);

const loading = new Map<boolean, Promise<WebAssembly.Module>>();

/** Loads, or builds, and compiles the module; with `exact` the one that announces every instruction. */
export const loadCore = (exact = false): Promise<WebAssembly.Module> => {
  let module = loading.get(exact);
  if (!module) {
    module = bytes(exact).then((wasm) => WebAssembly.compile(wasm));
    loading.set(exact, module);
  }
  return module;
};

const read = (file: URL): Uint8Array<ArrayBuffer> | undefined => {
  try {
    return new Uint8Array(readFileSync(file));
  } catch {
    return undefined;
  }
};

const bytes = async (exact: boolean): Promise<Uint8Array<ArrayBuffer>> => {
  const kind = exact ? 'core-exact' : 'core';
  const file = import.meta.url.endsWith('.ts')
    ? new URL(`${kind}-${sourceHash()}.wasm`, CACHE)
    : new URL(`${kind}.wasm`, TRANSLATOR);
  const found = read(file);
  if (found) return found;
  const { buildCore } = await import('../translator/interpreter/core.ts');
  const built = new Uint8Array(buildCore(exact));
  store(file, built);
  return built;
};

/** A directory that cannot be written only costs time at the next start. */
const store = (file: URL, wasm: Uint8Array): void => {
  const temporary = new URL(`${file.href}.${process.pid}`);
  try {
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(temporary, wasm);
    renameSync(temporary, file);
  } catch {
    // Not cached then.
  }
};

const sourceHash = (): string => {
  const hash = createHash('sha256');
  const sources = readdirSync(TRANSLATOR, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  for (const source of sources.sort()) hash.update(readFileSync(new URL(source, TRANSLATOR)));
  return hash.digest('hex').slice(0, 16);
};

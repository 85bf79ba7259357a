/**
 * A binaryen that starts and works faster than the package as it is, for the thread that translates while the guest
 * runs: see binaryen-source.ts and binaryen-calls.ts.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { quickInvokes } from './binaryen-calls.ts';
import { takeApart } from './binaryen-source.ts';
import { compileWithBudget } from './tiering.ts';

const BINARYEN = import.meta.resolve('binaryen');
/** Not in the first minutes: what optimising gains of a second or two of work is less than the half second it takes. */
const BUDGET = 1_000_000_000;

/**
 * Calls `load`, which imports binaryen, for the first time in this thread. Where the package is not made as expected,
 * it is loaded as it is.
 */
export const withQuickBinaryen = async <T>(load: () => Promise<T>): Promise<T> => {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const parts = url === BINARYEN ? takeApart(readFileSync(fileURLToPath(url))) : undefined;
      if (!parts) return nextLoad(url, context);
      wasm = parts.wasm;
      return { format: 'module', source: parts.text, shortCircuit: true };
    },
  });
  const { instantiate } = WebAssembly;
  const quick = async (
    given: Uint8Array<ArrayBuffer>,
    imports: WebAssembly.Imports,
  ): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
    const bytes = wasm ?? given;
    const invokes = quickInvokes(bytes, imports);
    const module = compileWithBudget(BUDGET, bytes);
    const instance = new WebAssembly.Instance(module, invokes.imports);
    invokes.connect(instance);
    return { module, instance };
  };
  WebAssembly.instantiate = quick as typeof instantiate;
  try {
    return await load();
  } finally {
    WebAssembly.instantiate = instantiate;
    hooks.deregister();
  }
};

/** When V8 optimises the functions of a module: it says so for the whole process, but fixes it when a module is made. */
import { setFlagsFromString } from 'node:v8';

/** V8's own budget, in bytes of machine code that a function runs through before it is optimised. */
const USUAL = 13_000_000;

/**
 * Compiles with another budget than V8's. What another thread compiles at that moment gets it as well, so nothing that
 * must be fast may be compiled then.
 */
export const compileWithBudget = (budget: number, bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module => {
  const set = (to: number): void => setFlagsFromString(`--wasm-tiering-budget=${to}`);
  set(budget);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    set(USUAL);
  }
};

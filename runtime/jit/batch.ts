/** What goes to a compiler and what comes back. */
import type { RegionRequest, Translated } from '../../translator/region/request.ts';

export interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly regions: readonly Translated[];
  readonly codeBytes: number;
  /** Time spent translating and compiling, in seconds. */
  readonly seconds: number;
}

/** Regions to translate, and the pages they are made from: execute entries, and their contents in a row. */
export interface Batch {
  readonly requests: readonly RegionRequest[];
  readonly entries: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

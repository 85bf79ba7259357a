/** Translates and compiles one batch, and measures that. */
import { type RegionRequest, type TranslationOptions, translateModule } from '../../translator/region/translate.ts';
import type { CompiledModule } from './compiler.ts';

export const compileModule = (requests: readonly RegionRequest[], options: TranslationOptions): CompiledModule => {
  const start = performance.now();
  const { bytes, regions } = translateModule(requests, options);
  const module = new WebAssembly.Module(bytes);
  return { module, regions, codeBytes: bytes.length, seconds: (performance.now() - start) / 1000 };
};

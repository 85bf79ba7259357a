/** Translates and compiles one batch, and measures that. */
import { PAGE_SIZE } from '../../translator/layout.ts';
import type { TranslationOptions } from '../../translator/region/request.ts';
import { translateModule } from '../../translator/region/translate.ts';
import type { Batch, CompiledModule } from './batch.ts';

export const compileModule = (
  { requests, entries, bytes: code }: Batch,
  options: TranslationOptions,
): CompiledModule => {
  const start = performance.now();
  const contents = new Map(entries.map((entry, n) => [entry, code.subarray(n * PAGE_SIZE, (n + 1) * PAGE_SIZE)]));
  const { bytes, regions } = translateModule(requests, contents, options);
  const module = new WebAssembly.Module(bytes);
  return { module, regions, codeBytes: bytes.length, seconds: (performance.now() - start) / 1000 };
};

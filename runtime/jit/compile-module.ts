/** Translates and compiles one batch, and measures that. */
import { PAGE_SIZE } from '../../translator/layout.ts';
import { type TranslationOptions, translateModule } from '../../translator/region/translate.ts';
import type { Batch, CompiledModule } from './batch.ts';

export const compileModule = (
  { requests, entries, bytes: code, visited }: Batch,
  options: TranslationOptions,
): CompiledModule => {
  const start = performance.now();
  const part = (of: Uint8Array, n: number, size: number) => of.subarray(n * size, (n + 1) * size);
  const contents = new Map(
    entries.map((entry, n) => [
      entry,
      { bytes: part(code, n, PAGE_SIZE), visited: visited && part(visited, n, PAGE_SIZE / 8) },
    ]),
  );
  const { bytes, regions } = translateModule(requests, contents, options);
  const module = new WebAssembly.Module(bytes);
  return { module, regions, codeBytes: bytes.length, seconds: (performance.now() - start) / 1000 };
};

/** Translates and compiles one batch, and measures that. */
import { type TranslationOptions, translateModule } from '../../translator/region/translate.ts';
import type { Batch, CompiledModule } from './compiler.ts';

export const compileModule = ({ requests, contents }: Batch, options: TranslationOptions): CompiledModule => {
  const start = performance.now();
  const { bytes, regions } = translateModule(requests, contents, options);
  const module = new WebAssembly.Module(bytes);
  return { module, regions, codeBytes: bytes.length, seconds: (performance.now() - start) / 1000 };
};

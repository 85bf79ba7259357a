/** Part of the package build: writes the core module beside the compiled translator. */
import { writeFileSync } from 'node:fs';
import { buildCore } from './core.ts';

writeFileSync(new URL('../core.wasm', import.meta.url), buildCore());

/** The compile worker: batches of requests in, compiled modules out. */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Batch } from './batch.ts';
import type { WorkerStart } from './compiler.ts';

/** Modules made by when most of the translator has been compiled: then it is kept, as the worker does not end by itself. */
const WARM = 10;

const { options, compileCache } = workerData as WorkerStart;
if (compileCache !== undefined) enableCompileCache(compileCache);
// What is imported statically comes before the cache.
const { withQuickBinaryen } = await import('../../translator/wasm/quick-binaryen.ts');
const { compileModule } = await withQuickBinaryen(() => import('./compile-module.ts'));
let modules = 0;
parentPort?.on('message', (batch: Batch) => {
  parentPort?.postMessage(compileModule(batch, options));
  if (++modules === WARM) flushCompileCache();
});

/** The compile worker: batches of requests in, compiled modules out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TranslationOptions } from '../../translator/region/request.ts';
import type { Batch } from './batch.ts';
import { compileModule } from './compile-module.ts';

const options = workerData as TranslationOptions;
parentPort?.on('message', (batch: Batch) => {
  parentPort?.postMessage(compileModule(batch, options));
});

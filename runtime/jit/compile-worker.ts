/** The compile worker: batches of requests in, compiled modules out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegionRequest, TranslationOptions } from '../../translator/region/translate.ts';
import { compileModule } from './compile-module.ts';

const options = workerData as TranslationOptions;
parentPort?.on('message', (requests: RegionRequest[]) => {
  parentPort?.postMessage(compileModule(requests, options));
});

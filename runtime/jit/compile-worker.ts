/** The compile worker: batches of requests in, compiled modules out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TranslationOptions } from '../../translator/region/request.ts';
import { withQuickBinaryen } from '../../translator/wasm/quick-binaryen.ts';
import type { Batch } from './batch.ts';
import { Thrift } from './thrift.ts';

const options = workerData as TranslationOptions;
const { compileModule } = await withQuickBinaryen(() => import('./compile-module.ts'));
const thrift = new Thrift();
thrift.tidy();
parentPort?.on('message', (batch: Batch) => {
  parentPort?.postMessage(compileModule(batch, options));
  thrift.tidy();
});

/** Where modules are translated: on this thread, at once; or by a worker, while the guest goes on. */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TranslationOptions } from '../../translator/region/request.ts';
import type { Batch, CompiledModule } from './batch.ts';

export type Deliver = (compiled: CompiledModule) => void;

/** What a worker starts with. */
export interface WorkerStart {
  readonly options: TranslationOptions;
  /** Where this thread keeps what Node.js makes of source files, if it does: threads do not share that. */
  readonly compileCache: string | undefined;
}

export interface Compiler {
  /** Modules come later: waiting for a larger batch costs nothing. */
  readonly background: boolean;
  /** True while it can take a batch. */
  readonly idle: boolean;
  /** Translates a batch; `deliver` is called once, at once or later. */
  compile(batch: Batch, deliver: Deliver): void;
  close(): Promise<void>;
}

/** Loads the translator into this thread; guest-visible results do not depend on when code is ready, tests do. */
export const createSynchronousCompiler = async (options: TranslationOptions): Promise<Compiler> => {
  const { compileModule } = await import('./compile-module.ts');
  return {
    background: false,
    idle: true,
    compile: (batch, deliver) => deliver(compileModule(batch, options)),
    close: async () => {},
  };
};

/** The worker's young generation in MiB. V8 would let it grow to 48, for objects that live as long as a batch. */
const YOUNG_GENERATION = 12;

/** Starts a worker thread, which loads and warms the translator while the guest already runs. */
export const createWorkerCompiler = (options: TranslationOptions): Compiler => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const cache = getCompileCacheDir();
  // Node.js adds a directory of its own version to the one it is given.
  const start: WorkerStart = { options, compileCache: cache && dirname(cache) };
  const worker = new Worker(new URL(`./compile-worker.${extension}`, import.meta.url), {
    workerData: start,
    // Without the options of the process: those of `node -e` would not let it start.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  worker.unref();
  let waiting: Deliver | undefined;
  worker.on('message', (compiled: CompiledModule) => {
    const deliver = waiting;
    waiting = undefined;
    deliver?.(compiled);
  });
  worker.on('error', (error) => {
    throw error;
  });
  return {
    background: true,
    get idle() {
      return waiting === undefined;
    },
    compile: (batch, deliver) => {
      waiting = deliver;
      // The bytes are a copy made for the worker: it gets their memory too.
      worker.postMessage(batch, [batch.bytes.buffer]);
    },
    close: async () => {
      waiting = undefined;
      await worker.terminate();
    },
  };
};

/** From the engine options of the public API to the translation a CPU is built with. */
import { createSynchronousCompiler, createWorkerCompiler } from '../runtime/jit/compiler.ts';
import { Jit } from '../runtime/jit/jit.ts';
import type { RegionLog } from '../runtime/jit/region-log.ts';
import type { Processor } from '../runtime/processor.ts';
import { NO_TRANSLATION, type Translation } from '../runtime/translation.ts';
import type { TranslationOptions } from '../translator/region/request.ts';
import type { EngineOptions } from './machine/api.ts';

/** Executions of an entry before it is translated: below that, translating and optimising costs more CPU than it saves. */
const DEFAULT_THRESHOLD = 8000;
const DEFAULT_REGION_LIMIT = 100;
/** Limits of the code cache. Regions of one instruction: as many as a kernel and its programs have instructions. */
const LONG_REGIONS = { maxRegions: 30_000, ahead: 0 } as const;
const SINGLE_INSTRUCTIONS = { maxRegions: 500_000, ahead: 24 } as const;
/** A sample is a ms or so: as long as another translation may take pays off soon. */
const DEFAULT_SAMPLES = 8;

/** Leaving costs a µs, translating once more some ms. */
const DEFAULT_PATIENCE = 5000;

/** What is asked of the translation beside speed, and what the guest may call of the host. */
export interface TranslationWishes extends Pick<TranslationOptions, 'hostCalls' | 'levels'> {
  /** An exception finds all flags right, those too that the guest will not read. */
  readonly precise?: boolean;
  /** Regions count how often they are executed. */
  readonly counters?: boolean;
  readonly log?: RegionLog | undefined;
}

/** How regions are translated. */
export const translationOptions = (
  { regionLimit = DEFAULT_REGION_LIMIT }: EngineOptions,
  { precise = false, counters = false, log: _, ...guest }: TranslationWishes,
): TranslationOptions => ({ regionLimit, precise, ...guest, ...(counters && { extra: 'counters' }) });

/** With threshold 0 code is translated on the spot, before it first runs; otherwise by a worker meanwhile. */
export const translationFor = async (
  engine: EngineOptions,
  wishes: TranslationWishes = {},
): Promise<(cpu: Processor) => Translation> => {
  if (engine.jit === false) return () => NO_TRANSLATION;
  const threshold = engine.threshold ?? DEFAULT_THRESHOLD;
  const options = translationOptions(engine, wishes);
  const compiler =
    engine.synchronous || threshold === 0 ? await createSynchronousCompiler(options) : createWorkerCompiler(options);
  const { maxRegions, ahead } = options.regionLimit === 1 ? SINGLE_INSTRUCTIONS : LONG_REGIONS;
  // Regions that are to be small are never made wide.
  const samples = options.regionLimit < DEFAULT_REGION_LIMIT ? Infinity : (engine.samples ?? DEFAULT_SAMPLES);
  const { patience = DEFAULT_PATIENCE } = engine;
  const limits = { threshold, maxRegions: engine.maxRegions ?? maxRegions, ahead, samples, patience };
  return (cpu) => new Jit(cpu, compiler, { ...limits, translation: options, log: wishes.log });
};

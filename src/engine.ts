/** Which translation an engine's options ask for. */
import type { Processor } from '../runtime/processor.ts';
import { NO_TRANSLATION, type Translation } from '../runtime/translation.ts';
import type { EngineOptions } from './machine/api.ts';

export const translationFor =
  (_options: EngineOptions): ((processor: Processor) => Translation) =>
  () =>
    NO_TRANSLATION;

import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls back with the exit status that reports a signal, so that the run can end in order; a second signal of the
 * same kind ends the process at once.
 * @returns what takes the handlers away
 */
export function onEndingSignal(callback: (status: number) => void): () => void {
  const handlers = SIGNALS.map((signal) => {
    const handler = () => callback(128 + constants.signals[signal]);
    process.once(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}

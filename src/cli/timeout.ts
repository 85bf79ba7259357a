import type { Machine } from '../machine/api.ts';

/**
 * Calls `expired` when the guest has had so many seconds to run; while a debugger holds it they stand still.
 * @returns what ends that
 */
export function startTimeout(machine: Machine, seconds: number, expired: () => void): () => void {
  let left = seconds * 1000;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  const count = () => {
    since = performance.now();
    timer = setTimeout(expired, Math.max(0, left));
  };
  const stand = () => {
    clearTimeout(timer);
    left -= performance.now() - since;
  };
  count();
  machine.on('hold', stand).on('release', count);
  return () => {
    machine.off('hold', stand).off('release', count);
    clearTimeout(timer);
  };
}

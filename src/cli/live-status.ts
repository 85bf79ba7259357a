import type { Machine } from '../machine/api.ts';
import type { Host } from './host.ts';
import { StatusLine } from './status-line.ts';

const INTERVAL_MS = 1000;
const ERASE_LINE = '\r\x1b[2K';

/**
 * Shows a status line on standard error every second: one that is overwritten on a terminal, one after the other
 * elsewhere.
 * @returns what ends that
 */
export function showLiveStatus(machine: Machine, { stderr }: Pick<Host, 'stderr'>): () => void {
  const line = new StatusLine();
  const onTerminal = stderr.isTTY === true;
  const show = () => {
    const text = line.next(machine.stats());
    stderr.write(onTerminal ? ERASE_LINE + text : `${text}\n`);
  };
  const timer = setInterval(show, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    show();
    if (onTerminal) stderr.write('\n');
  };
}

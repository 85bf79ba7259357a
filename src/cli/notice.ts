import type { Host } from './host.ts';

/** Writes lines about a running guest to standard error; on a terminal never behind what the guest has printed. */
export function noticeTo({ stdin, stderr }: Pick<Host, 'stdin' | 'stderr'>): (line: string) => void {
  return (line) => stderr.write(`${stdin.isTTY ? '\r\n' : ''}vmi86: ${line}\n`);
}

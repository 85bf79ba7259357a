import type { Writable } from 'node:stream';
import { ESCAPE_HELP, EscapeKeys } from './escape-keys.ts';
import type { Host } from './host.ts';

export interface TerminalOptions extends Pick<Host, 'stdin' | 'stderr'> {
  /** The guest's console; it is never ended, for the end of a pipe is no wish to end the guest. */
  readonly input: Writable;
  onQuit(): void;
  /** What Ctrl-A I shows. */
  onStatus(): string;
}

/**
 * Connects standard input to the guest's console, a terminal in raw mode so that all keys reach the guest.
 * @returns what disconnects it and restores the terminal; should the process exit without that, it happens then
 */
export function connectTerminal({ stdin, stderr, input, onQuit, onStatus }: TerminalOptions): () => void {
  const keys = new EscapeKeys();
  const onData = (chunk: Uint8Array | string) => {
    const { typed, commands } = keys.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    if (typed.length > 0 && !input.write(typed)) {
      stdin.pause();
      input.once('drain', onDrain);
    }
    for (const command of commands) {
      if (command === 'quit') onQuit();
      else show(command === 'status' ? [onStatus()] : ESCAPE_HELP);
    }
  };
  const show = (lines: readonly string[]) => stderr.write(lines.map((line) => `\r\n${line}`).join('') + '\r\n');
  const onDrain = () => stdin.resume();
  // A terminal that goes away, or a directory as standard input, is the end of what is typed and nothing more.
  const onError = () => {};
  const restoreMode = enterRawMode(stdin);
  process.once('exit', restoreMode);
  stdin.on('data', onData).on('error', onError);

  return () => {
    stdin.off('data', onData);
    input.off('drain', onDrain);
    stdin.pause();
    process.off('exit', restoreMode);
    restoreMode();
  };
}

function enterRawMode(stdin: Host['stdin']): () => void {
  if (!stdin.isTTY || !stdin.setRawMode) return () => {};
  stdin.setRawMode(true);
  return () => stdin.setRawMode?.(false);
}

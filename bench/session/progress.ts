/** Shows how far a run is: a bar on a terminal, else a line when another subject begins. */
import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';

export interface ProgressDisplay {
  /** A step begins. */
  step(subject: string, what: string): void;
  end(): void;
}

function bar(total: number, stream: Writable): ProgressDisplay {
  const display = new SingleBar(
    {
      stream: stream as NodeJS.WritableStream,
      format: '{bar} {value}/{total} {what}',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is the run's.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  display.start(total, 0, { what: '' });
  let begun = 0;
  return {
    step: (subject, what) => display.update(Math.min(begun++, total), { what: `${subject}: ${what}` }),
    end: () => display.stop(),
  };
}

function lines(stream: Writable): ProgressDisplay {
  let last = '';
  return {
    step(subject) {
      if (subject !== last) stream.write(`${subject} …\n`);
      last = subject;
    },
    end() {},
  };
}

/** `total` steps are expected. */
export const showProgress = (total: number, stream: Writable & { isTTY?: boolean }): ProgressDisplay =>
  stream.isTTY ? bar(total, stream) : lines(stream);

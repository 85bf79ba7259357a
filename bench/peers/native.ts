import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { RUNNER } from '../programs/build.ts';
import type { Subject } from '../session/rounds.ts';

/** The host's own processor and kernel, with the same binaries, which lie in host directory `programs`. */
export function native(programs: string): Subject {
  const runner = join(programs, RUNNER);
  return {
    name: NATIVE,
    native: true,
    async prepare() {
      // Without input the runner ends at once.
      if (spawnSync(runner, { stdio: 'ignore' }).status !== 0)
        throw new Error('this host does not run 32-bit programs');
      return { command: [runner] };
    },
  };
}

export const NATIVE = 'native';

/** What third-party test suites are to `npm run test:suite`. The suites themselves come from outside. */
import type { EngineOptions } from '../../src/index.ts';

export interface Verdict {
  readonly test: string;
  readonly passed: boolean;
  /** In a few words, why not or how. */
  readonly detail?: string;
}

export interface Suite {
  /** What PATH is, for the help text. */
  readonly path: string;
  /** Runs everything there is at a host path, and tells of each test. Throws when nothing can be run there. */
  run(path: string, engine: EngineOptions): AsyncIterable<Verdict>;
}

/**
 * What VMI cost on bare metal: A. Holler (VMware), linux-kernel, 20 March 2006. Linux 2.6.16-rc6 with VMI and a hole of
 * 64 MB against the same without, both native, on a Pentium 4 (2.4 GHz) and an Opteron (2.2 GHz).
 */

/** The published ratio of VMI to native, and the two values. */
export type Measured = readonly [ratio: number, vmi: number, native: number];

export interface Row2006 {
  readonly name: string;
  readonly p4: Measured;
  readonly opteron: Measured;
  /** More is better: the ratio is one of throughput. */
  readonly throughput?: boolean;
  /** The program here that does the same kind of thing. */
  readonly program?: string;
  /** Whether the row is of a whole workload or of one operation. */
  readonly kind: 'macro' | 'micro';
}

const macro = (name: string, p4: Measured, opteron: Measured, rest: Partial<Row2006> = {}): Row2006 => ({
  name,
  p4,
  opteron,
  kind: 'macro',
  ...rest,
});

const micro = (name: string, program: string, p4: Measured, opteron: Measured): Row2006 => ({
  name,
  program,
  p4,
  opteron,
  kind: 'micro',
});

export const ROWS_2006: readonly Row2006[] = [
  macro('dbench, 1 client', [1.0, 312, 311], [1.0, 425, 425], { throughput: true }),
  macro('netperf receive', [1.0, 948, 947], [1.0, 937, 937], { throughput: true }),
  macro('netperf send', [1.0, 939, 939], [1.0, 937, 936], { throughput: true }),
  macro('kernel compile, UP', [1.0, 221, 220], [1.0, 131, 131], { program: 'build' }),
  macro('kernel compile, SMP 2', [1.0, 117, 117], [1.0, 67, 67]),
  micro('null call', 'null', [1.0, 0.17, 0.17], [1.0, 0.08, 0.08]),
  micro('null i/o', 'io', [1.0, 0.29, 0.29], [0.92, 0.23, 0.25]),
  micro('stat', 'stat', [0.99, 2.14, 2.16], [0.94, 2.25, 2.39]),
  micro('open/close', 'open', [1.01, 3.0, 2.96], [0.98, 3.16, 3.24]),
  micro('select TCP', 'select', [1.0, 8.84, 8.83], [0.94, 11.8, 12.5]),
  micro('sig install', 'sig-install', [0.99, 0.68, 0.69], [1.09, 0.36, 0.33]),
  micro('sig handle', 'sig-handle', [0.99, 2.19, 2.21], [1.05, 1.2, 1.14]),
  micro('fork proc', 'fork', [1.02, 137, 134], [1.04, 100, 96]),
  micro('exec proc', 'exec', [1.02, 536, 525], [1.03, 309, 301]),
  micro('sh proc', 'sh', [1.01, 3204, 3169], [1.02, 1551, 1528]),
  micro('ctxsw 2p/0K', '2p/0K', [1.0, 2.84, 2.84], [1.14, 0.74, 0.65]),
  micro('ctxsw 2p/16K', '2p/16K', [1.01, 2.98, 2.95], [0.93, 0.74, 0.8]),
  micro('ctxsw 2p/64K', '2p/64K', [1.02, 3.06, 3.01], [1.0, 4.19, 4.18]),
  micro('ctxsw 8p/16K', '8p/16K', [1.02, 3.31, 3.26], [0.97, 1.86, 1.91]),
  micro('ctxsw 8p/64K', '8p/64K', [1.01, 30.4, 30.0], [1.0, 4.33, 4.34]),
  micro('ctxsw 16p/16K', '16p/16K', [0.96, 7.76, 8.06], [0.97, 2.03, 2.1]),
  micro('ctxsw 16p/64K', '16p/64K', [1.0, 41.5, 41.4], [1.0, 15.9, 15.9]),
  micro('mmap', 'mmap', [1.02, 6681, 6542], [1.0, 3452, 3441]),
  micro('prot fault', 'prot-fault', [1.06, 0.92, 0.872], [1.07, 0.197, 0.184]),
  micro('page fault', 'page-fault', [1.01, 2.065, 2.05], [1.0, 1.1, 1.1]),
  micro('getppid', 'null', [1.0, 1.7, 1.7], [1.0, 0.83, 0.83]),
  micro('segv', 'segv', [0.99, 7.05, 7.09], [1.08, 2.95, 2.72]),
  micro('forkwaitn', 'fork', [1.02, 3.6, 3.54], [1.05, 2.61, 2.48]),
  micro('divzero', 'divzero', [0.99, 5.68, 5.73], [1.09, 2.71, 2.48]),
];

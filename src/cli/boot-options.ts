import type { CpuName } from '../../runtime/control/models.ts';
import type { AddressRange, DiskOptions } from '../machine/api.ts';
import type { TraceSubject } from '../trace/subjects.ts';

/** The values of `vmi86 boot`'s options. */
export interface BootOptions {
  kernel?: string;
  initrd?: string;
  append?: string;
  memory?: number;
  cpu?: CpuName;
  disk?: DiskOptions[];
  console: 'serial' | 'virtio';
  /** 'stdio', 'none' or the name of a file; undefined: what suits the console. */
  serial?: string;
  timeout?: number;
  exitOn?: string;
  icount?: boolean;
  /** On, off or the name of a ROM file. */
  vmi?: boolean | string;
  jit: boolean;
  jitThreshold?: number;
  regionLimit?: number;
  stats?: string;
  monitor?: boolean;
  trace?: TraceSubject[];
  traceRange?: AddressRange[];
  traceFile?: string;
  gdb?: number;
  wait?: boolean;
}

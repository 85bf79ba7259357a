import type { CpuName } from '../../runtime/control/models.ts';
import type { DiskOptions } from '../machine/api.ts';

/** The values of `vmi86 boot`'s options. */
export interface BootOptions {
  kernel?: string;
  initrd?: string;
  append?: string;
  memory?: number;
  cpu?: CpuName;
  disk?: DiskOptions[];
  /** 'stdio', 'none' or the name of a file. */
  serial: string;
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
  gdb?: number;
  wait?: boolean;
}

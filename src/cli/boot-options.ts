import type { DiskOptions } from '../machine/api.ts';

/** The values of `vmi86 boot`'s options. */
export interface BootOptions {
  kernel?: string;
  initrd?: string;
  append?: string;
  memory?: number;
  disk?: DiskOptions[];
  /** 'stdio', 'none' or the name of a file. */
  serial: string;
  timeout?: number;
  exitOn?: string;
  icount?: boolean;
  jit: boolean;
  jitThreshold?: number;
  regionLimit?: number;
  stats?: string;
  gdb?: number;
  wait?: boolean;
}

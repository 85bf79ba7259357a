/**
 * The public API of vmi86.
 *
 * ```ts
 * import { createMachine } from 'vmi86';
 *
 * const machine = await createMachine({ kernel: 'vmlinuz', initrd: 'initrd.gz', append: 'console=ttyS0' });
 * machine.console.output.pipe(process.stdout);
 * const outcome = await machine.run();
 * await machine.stop();
 * ```
 */
export type { CpuName } from '../runtime/control/models.ts';

import type { Machine, MachineOptions } from './machine/api.ts';
import { specifyMachine } from './machine/specification.ts';

export { createCpu } from './cpu.ts';
export type * from './cpu-api.ts';
export { UserError } from './errors.ts';
export type * from './machine/api.ts';
export { MEMORY_LIMITS } from './machine/specification.ts';
export type * from './profile/profile.ts';

/**
 * Builds a PC and loads its kernel; it stands still until its run() is called. Its stop() must be called in the end,
 * for it holds files and a thread.
 * @throws UserError when an option or a file is wrong, before anything costly is made
 */
export async function createMachine(options: MachineOptions = {}): Promise<Machine> {
  const specification = specifyMachine(options);
  const { createPc } = await import('./machine/pc.ts');
  const machine = await createPc(specification);
  try {
    if (options.gdb) await (await import('./gdb/server.ts')).serveGdb(machine, options.gdb);
  } catch (error) {
    await machine.stop();
    throw error;
  }
  return machine;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Peer } from './peer.ts';

const PROGRAM = 'qemu-system-i386';

/**
 * QEMU's translator on one host thread. The processor model has what vmi86's has and no more that matters: qemu32 is a
 * Pentium 4 without long mode.
 */
export const qemu: Peer = {
  name: 'qemu',
  async command({ kernel, initrd, append, memory }) {
    await promisify(execFile)(PROGRAM, ['--version']).catch(() => {
      throw new Error(`${PROGRAM} is not installed`);
    });
    const machine = ['-accel', 'tcg,thread=single', '-cpu', 'qemu32', '-m', String(memory), '-nographic', '-no-reboot'];
    return [PROGRAM, ...machine, '-kernel', kernel, '-initrd', initrd, '-append', append];
  },
};

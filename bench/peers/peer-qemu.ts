import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Boot, Peer } from './peer.ts';

const PROGRAM = 'qemu-system-i386';

/** QEMU's translator on one host thread; qemu32 is the processor model next to the one that vmi86 offers. */
export const qemu: Peer = {
  name: 'qemu',
  async command({ guest, flavour, append, memory }: Boot) {
    await promisify(execFile)(PROGRAM, ['--version']).catch(() => {
      throw new Error(`${PROGRAM} is not installed`);
    });
    const machine = ['-accel', 'tcg,thread=single', '-cpu', 'qemu32', '-m', String(memory), '-nographic', '-no-reboot'];
    return [PROGRAM, ...machine, '-kernel', guest.kernels[flavour], '-initrd', guest.initrd, '-append', append];
  },
};

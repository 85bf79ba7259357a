/** What end-to-end tests boot a guest with: the vmi86 command, or QEMU to try the tests themselves. */
import { fileURLToPath } from 'node:url';
import { Console } from './console.ts';

export interface GuestFiles {
  /** Host paths. */
  kernel: string;
  initrd: string;
  append: string;
  /** Host path of a raw disk image, the guest's first disk. */
  disk?: string;
  /** What the disk is connected to, by default virtio. */
  diskInterface?: 'virtio' | 'ide';
}

/** Host path of the command line program. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** `vmi86 boot` with these arguments. */
export const vmi86Boot = (...args: string[]): Console => Console.spawn(process.execPath, [MAIN, 'boot', ...args]);

/** `vmi86 boot` with further `options`; guest memory is what vmi86 gives without being asked. */
export function vmi86(
  { kernel, initrd, append, disk, diskInterface = 'virtio' }: GuestFiles,
  options: readonly string[] = [],
): Console {
  const files = ['--kernel', kernel, '--initrd', initrd, '--append', append];
  return vmi86Boot(...files, ...(disk ? ['--disk', `${disk},if=${diskInterface}`] : []), ...options);
}

/** QEMU's translator, with the same devices. */
export function qemu({ kernel, initrd, append, disk, diskInterface = 'virtio' }: GuestFiles): Console {
  const machine = ['-accel', 'tcg', '-m', '256', '-nographic', '-no-reboot'];
  const files = ['-kernel', kernel, '-initrd', initrd, '-append', append];
  const drive = disk ? ['-drive', `file=${disk},format=raw,if=${diskInterface}`] : [];
  return Console.spawn('qemu-system-i386', [...machine, ...files, ...drive]);
}

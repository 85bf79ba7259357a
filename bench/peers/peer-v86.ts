import { fileURLToPath } from 'node:url';
import type { Boot, Peer } from './peer.ts';

const CHILD = fileURLToPath(new URL('v86-child.ts', import.meta.url));

/** v86 from npm, without a screen, on the same Node. Its package brings no BIOS, so it gets Debian's SeaBIOS. */
export const v86: Peer = {
  name: 'v86',
  async command({ guest, flavour, append, memory }: Boot) {
    try {
      import.meta.resolve('v86');
    } catch {
      throw new Error('the npm package v86 is not installed');
    }
    const boot = { bios: guest.bios, kernel: guest.kernels[flavour], initrd: guest.initrd, append, memory };
    return [process.execPath, CHILD, JSON.stringify(boot)];
  },
};

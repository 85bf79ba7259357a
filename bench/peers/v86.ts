import { fileURLToPath } from 'node:url';
import { debianGuest } from '../debian/guest.ts';
import type { Peer } from './peer.ts';

/** As this file: compiled in a package, as it is in the repository. */
const CHILD = fileURLToPath(new URL(`v86-child${import.meta.filename.slice(-3)}`, import.meta.url));

/** v86 from npm, without a screen, on the same Node. Its package brings no BIOS, so it gets Debian's SeaBIOS. */
export const v86: Peer = {
  name: 'v86',
  async command({ kernel, initrd, append, memory }) {
    try {
      import.meta.resolve('v86');
    } catch {
      throw new Error('the npm package v86 is not installed');
    }
    const { bios } = await debianGuest();
    return [process.execPath, CHILD, JSON.stringify({ bios, kernel, initrd, append, memory })];
  },
};

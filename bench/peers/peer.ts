/** What the comparison knows of an emulator. */
import type { DebianGuest, Flavour } from '../../test/support/debian.ts';

/** What every peer boots. */
export interface Boot {
  guest: DebianGuest;
  flavour: Flavour;
  /** The kernel's command line. */
  append: string;
  /** Guest memory in MiB. */
  memory: number;
}

export interface Peer {
  name: string;
  /**
   * Program and arguments that boot the guest with the serial console on standard output. Throws an Error that says
   * what is missing here.
   */
  command(boot: Boot): Promise<readonly [string, ...string[]]>;
}

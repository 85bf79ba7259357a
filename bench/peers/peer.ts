/** What the comparison knows of an emulator. */
import type { Guest } from '../session/guest.ts';
import type { CommandLine } from '../session/session.ts';

export interface Peer {
  readonly name: string;
  /**
   * Program and arguments that boot the guest with its serial console on standard input and output. Throws an Error
   * that says what is missing here.
   */
  command(guest: Guest): Promise<CommandLine>;
}

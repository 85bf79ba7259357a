/** What the keys after Ctrl-A ask for. */
export type EscapeCommand = 'quit' | 'status' | 'help';

const CTRL_A = 0x01;

const COMMANDS: Readonly<Record<string, EscapeCommand>> = { x: 'quit', i: 'status', h: 'help', '?': 'help' };

export const ESCAPE_HELP = [
  'Ctrl-A X       quit',
  'Ctrl-A I       what the guest does: speed, tiers, idle time',
  'Ctrl-A H       this help',
  'Ctrl-A Ctrl-A  send Ctrl-A to the guest',
];

/** Separates commands from what is typed for the guest. Ctrl-A before any other key reaches the guest with it. */
export class EscapeKeys {
  #escaped = false;

  feed(chunk: Uint8Array): { typed: Uint8Array; commands: EscapeCommand[] } {
    const typed: number[] = [];
    const commands: EscapeCommand[] = [];
    for (const byte of chunk) {
      if (!this.#escaped) {
        if (byte === CTRL_A) this.#escaped = true;
        else typed.push(byte);
        continue;
      }
      this.#escaped = false;
      const command = COMMANDS[String.fromCharCode(byte).toLowerCase()];
      if (command) commands.push(command);
      else typed.push(...(byte === CTRL_A ? [CTRL_A] : [CTRL_A, byte]));
    }
    return { typed: Uint8Array.from(typed), commands };
  }
}

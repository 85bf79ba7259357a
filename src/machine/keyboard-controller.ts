/**
 * The 8042 keyboard controller: reset, A20, and a keyboard nobody types on. It answers every command at once, so that
 * probing it takes no time, and reports that there is no auxiliary (mouse) port.
 */
import type { PortBus } from './bus.ts';
import type { Line } from './line.ts';
import type { Address20Gate } from './port92.ts';

const DATA_PORT = 0x60;
const COMMAND_PORT = 0x64;

const STATUS = { OUTPUT_FULL: 0x01, SYSTEM: 0x04, COMMAND: 0x08, UNLOCKED: 0x10, TIMEOUT: 0x40 };
const COMMAND_BYTE = { KEYBOARD_INTERRUPT: 0x01, SYSTEM: 0x04, KEYBOARD_DISABLED: 0x10, TRANSLATE: 0x40 };
const OUTPUT_PORT = { NO_RESET: 0x01, ADDRESS_20: 0x02, UNUSED: 0xcc, KEYBOARD_FULL: 0x10 };
const SELF_TEST_PASSED = 0x55;
const NO_AUX_CLOCK = 0x01;
const AUX_TIMEOUT = 0xfe;

const ACK = 0xfa;
const RESEND = 0xfe;
/** What the keyboard says to a command byte; `argument` bytes that follow are each acknowledged. */
const KEYBOARD_REPLIES: Record<number, { reply: number[]; argument?: true }> = {
  237: { reply: [ACK], argument: true }, // set LEDs
  238: { reply: [0xee] }, // echo
  240: { reply: [ACK], argument: true }, // scan code set
  242: { reply: [ACK, 0xab, 0x83] }, // identify
  243: { reply: [ACK], argument: true }, // typematic rate
  244: { reply: [ACK] }, // enable
  245: { reply: [ACK] }, // disable
  246: { reply: [ACK] }, // defaults
  255: { reply: [ACK, 0xaa] }, // reset, self test passed
};

export class KeyboardController {
  private readonly interrupt: Line;
  private readonly gate: Address20Gate;
  private readonly reset: () => void;
  private commandByte = COMMAND_BYTE.SYSTEM | COMMAND_BYTE.TRANSLATE | COMMAND_BYTE.KEYBOARD_INTERRUPT;
  private lastWasCommand = false;
  /** Bytes on their way to the CPU; bounded by the longest reply. */
  private output: number[] = [];
  private timeout = false;
  /** Takes the byte that a two-byte command is waiting for. */
  private argument: ((value: number) => void) | undefined;
  private keyboardArgument = false;

  /** `interrupt` is IRQ 1; `reset` pulls the CPU's reset pin. */
  constructor(interrupt: Line, gate: Address20Gate, reset: () => void) {
    this.interrupt = interrupt;
    this.gate = gate;
    this.reset = reset;
  }

  connect(ports: PortBus): void {
    ports.map(DATA_PORT, 1, { read8: () => this.readData(), write8: (_offset, value) => this.writeData(value) });
    ports.map(COMMAND_PORT, 1, { read8: () => this.status(), write8: (_offset, value) => this.command(value) });
  }

  private status(): number {
    return (
      STATUS.UNLOCKED |
      (this.commandByte & COMMAND_BYTE.SYSTEM ? STATUS.SYSTEM : 0) |
      (this.output.length > 0 ? STATUS.OUTPUT_FULL : 0) |
      (this.lastWasCommand ? STATUS.COMMAND : 0) |
      (this.timeout ? STATUS.TIMEOUT : 0)
    );
  }

  private readData(): number {
    const value = this.output.shift() ?? 0;
    this.timeout = false;
    this.interrupt(false);
    this.update();
    return value;
  }

  private writeData(value: number): void {
    this.lastWasCommand = false;
    const { argument } = this;
    this.argument = undefined;
    if (argument) argument(value);
    else this.toKeyboard(value);
  }

  private command(value: number): void {
    this.lastWasCommand = true;
    this.argument = undefined;
    if (value >= 0xf0) {
      // Pulses the output port bits that are 0; bit 0 is the reset pin.
      if (!(value & OUTPUT_PORT.NO_RESET)) this.reset();
      return;
    }
    CONTROLLER_COMMANDS[value]?.(this.port);
  }

  /** What the controller's commands may do, kept apart from the port handlers. */
  private readonly port: ControllerPort = {
    reply: (...bytes) => this.reply(bytes),
    replyTimeout: () => {
      this.timeout = true;
      this.reply([AUX_TIMEOUT]);
    },
    expect: (argument) => {
      this.argument = argument;
    },
    getCommandByte: () => this.commandByte,
    setCommandByte: (value) => {
      this.commandByte = value;
      this.update();
    },
    getOutputPort: () =>
      OUTPUT_PORT.UNUSED |
      OUTPUT_PORT.NO_RESET |
      (this.gate.enabled ? OUTPUT_PORT.ADDRESS_20 : 0) |
      (this.output.length > 0 ? OUTPUT_PORT.KEYBOARD_FULL : 0),
    setOutputPort: (value) => {
      this.gate.enabled = (value & OUTPUT_PORT.ADDRESS_20) !== 0;
      if (!(value & OUTPUT_PORT.NO_RESET)) this.reset();
    },
  };

  private toKeyboard(value: number): void {
    // Any byte for the keyboard enables it again.
    this.commandByte &= ~COMMAND_BYTE.KEYBOARD_DISABLED;
    if (this.keyboardArgument) {
      this.keyboardArgument = false;
      this.reply([ACK]);
      return;
    }
    const { reply, argument } = KEYBOARD_REPLIES[value] ?? { reply: [RESEND] };
    this.keyboardArgument = argument ?? false;
    this.reply(reply);
  }

  private reply(bytes: number[]): void {
    // A new command makes what was not read obsolete, which also bounds the queue.
    this.output = [...bytes];
    this.interrupt(false);
    this.update();
  }

  private update(): void {
    this.interrupt(this.output.length > 0 && (this.commandByte & COMMAND_BYTE.KEYBOARD_INTERRUPT) !== 0);
  }
}

interface ControllerPort {
  reply(...bytes: number[]): void;
  replyTimeout(): void;
  expect(argument: (value: number) => void): void;
  getCommandByte(): number;
  setCommandByte(value: number): void;
  getOutputPort(): number;
  setOutputPort(value: number): void;
}

/** Commands written to port 64h; those not listed do nothing. */
const CONTROLLER_COMMANDS: Record<number, (port: ControllerPort) => void> = {
  32: (port) => port.reply(port.getCommandByte()),
  96: (port) => port.expect((value) => port.setCommandByte(value)),
  169: (port) => port.reply(NO_AUX_CLOCK),
  170: (port) => {
    port.setCommandByte(port.getCommandByte() | COMMAND_BYTE.SYSTEM);
    port.reply(SELF_TEST_PASSED);
  },
  171: (port) => port.reply(0),
  173: (port) => port.setCommandByte(port.getCommandByte() | COMMAND_BYTE.KEYBOARD_DISABLED),
  174: (port) => port.setCommandByte(port.getCommandByte() & ~COMMAND_BYTE.KEYBOARD_DISABLED),
  192: (port) => port.reply(0x80),
  208: (port) => port.reply(port.getOutputPort()),
  209: (port) => port.expect((value) => port.setOutputPort(value)),
  210: (port) => port.expect((value) => port.reply(value)),
  // The byte comes back as the keyboard's, not as the auxiliary device's: there is none.
  211: (port) => port.expect((value) => port.reply(value)),
  212: (port) => port.expect(() => port.replyTimeout()),
};

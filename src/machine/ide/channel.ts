/** One IDE cable: two places for drives, their command and control block at I/O ports, one interrupt. */
import type { AccessHandlers } from '../bus.ts';
import type { Line } from '../line.ts';
import { EXECUTE_DEVICE_DIAGNOSTIC } from './commands.ts';
import type { AtaDrive } from './drive.ts';
import { CONTROL, DEVICE, Register } from './registers.ts';

export class IdeChannel {
  /** Device 0 and device 1, if they are there. */
  private readonly drives: readonly (AtaDrive | undefined)[];
  private readonly line: Line;
  private second = false;
  private controlBits = 0;
  private interrupting = false;
  /** INTRQ has been asserted. */
  onInterrupt: () => void = () => {};
  /** The selected drive may have asserted DMARQ. */
  onDmaRequest: () => void = () => {};

  constructor(drives: readonly (AtaDrive | undefined)[], line: Line) {
    this.drives = drives;
    this.line = line;
    for (const drive of drives) if (drive) drive.onInterrupt = () => this.driveLine();
  }

  /** The drive that answers, unless there is none at the selected place. */
  get selected(): AtaDrive | undefined {
    return this.drives[this.second ? 1 : 0];
  }

  /** The command block: eight ports, of which the first is a word wide. */
  readonly commandBlock: AccessHandlers = {
    read8: (offset) => (offset === Register.DATA ? this.readData() & 0xff : this.read(offset)),
    read16: (offset) => (offset === Register.DATA ? this.readData() : this.read(offset) | (this.read(offset + 1) << 8)),
    read32: (offset) =>
      offset === Register.DATA
        ? this.readData() | (this.readData() << 16)
        : [0, 1, 2, 3].reduce((value, i) => value | (this.read(offset + i) << (8 * i)), 0),
    write8: (offset, value) => (offset === Register.DATA ? this.writeData(value) : this.write(offset, value)),
    write16: (offset, value) => {
      if (offset === Register.DATA) this.writeData(value);
      else for (let i = 0; i < 2; i++) this.write(offset + i, (value >>> (8 * i)) & 0xff);
    },
    write32: (offset, value) => {
      if (offset === Register.DATA) {
        this.writeData(value & 0xffff);
        this.writeData(value >>> 16);
      } else for (let i = 0; i < 4; i++) this.write(offset + i, (value >>> (8 * i)) & 0xff);
    },
  };

  /** The one port of the control block: alternate status and device control. */
  readonly controlBlock: AccessHandlers = {
    read8: () => this.selected?.status ?? 0,
    write8: (_offset, value) => this.control(value),
  };

  private get highOrder(): boolean {
    return (this.controlBits & CONTROL.HIGH_ORDER_BYTE) !== 0;
  }

  private read(register: number): number {
    const drive = this.selected;
    if (register === Register.COMMAND) {
      const status = drive?.status ?? 0;
      drive?.acknowledge();
      return status;
    }
    // Device 0 answers in the place of a device 1 that is not there.
    return (drive ?? this.drives[0])?.read(register, this.highOrder) ?? 0xff;
  }

  /** Both devices hear every write. */
  private write(register: number, value: number): void {
    this.controlBits &= ~CONTROL.HIGH_ORDER_BYTE;
    if (register === Register.COMMAND) {
      this.command(value);
      return;
    }
    for (const drive of this.drives) drive?.taskFile.write(register, value);
    if (register === Register.DEVICE) {
      this.second = (value & DEVICE.SECOND) !== 0;
      this.driveLine();
    }
  }

  private command(opcode: number): void {
    if (opcode === EXECUTE_DEVICE_DIAGNOSTIC) this.diagnose();
    else this.selected?.execute(opcode);
    if (this.selected?.dmaRequest) this.onDmaRequest();
  }

  private diagnose(): void {
    for (const drive of this.drives) drive?.diagnose();
    this.second = false;
    this.selected?.complete();
  }

  private control(value: number): void {
    const reset = (value & CONTROL.SOFTWARE_RESET) !== 0;
    this.controlBits = value;
    for (const drive of this.drives) drive?.hold(reset);
    if (reset) this.second = false;
    this.driveLine();
  }

  private readData(): number {
    const drive = this.selected;
    if (drive?.dataRequest !== 'read') return 0xffff;
    const { window } = drive;
    const value = window[0] | (window[1] << 8);
    drive.advance(2);
    return value;
  }

  private writeData(value: number): void {
    const drive = this.selected;
    if (drive?.dataRequest !== 'write') return;
    const { window } = drive;
    window[0] = value & 0xff;
    window[1] = value >>> 8;
    drive.advance(2);
  }

  /** Only the selected drive drives INTRQ, and only when the host lets it. */
  private driveLine(): void {
    const level = !!this.selected?.interruptPending && !(this.controlBits & CONTROL.NO_INTERRUPT);
    if (level === this.interrupting) return;
    this.interrupting = level;
    if (level) this.onInterrupt();
    this.line(level);
  }
}

/** ACPI fixed hardware as in the PIIX4: PM1a event and control blocks, PM timer, SMI command port (ACPI specification, ch. 4). */
import type { PortBus } from './bus.ts';
import type { Clock, Timer } from './clock.ts';
import type { Line } from './line.ts';

export const PM_BASE = 0x600;
/** Offsets from PM_BASE. */
export const PmRegister = { STATUS: 0x0, ENABLE: 0x2, CONTROL: 0x4, TIMER: 0x8 };
const PM_LENGTH = 0x10;
/** What ACPI tables announce: the port and the values that switch ACPI mode on and off. */
export const SMI_COMMAND = { PORT: 0xb2, ENABLE: 0xf1, DISABLE: 0xf0 };
/** SLP_TYP of S5, as \_S5 says. */
export const SOFT_OFF_TYPE = 0;

/** Hz; the counter has 24 bits. */
const PM_TIMER_FREQUENCY = 3_579_545;
const TICKS_PER_NS = PM_TIMER_FREQUENCY / 1e9;
const TIMER_MASK = 0xff_ffff;
/** The status bit is set whenever the top bit changes. */
const HALF_TURN = 0x80_0000;

const PM1 = { TIMER: 0x0001, GLOBAL: 0x0020, STATUS_BITS: 0x8f31, ENABLE_BITS: 0x0721 };
const CONTROL = { SCI_ENABLE: 0x0001, SLEEP_TYPE_SHIFT: 10, SLEEP_ENABLE: 0x2000, WRITABLE: 0x1c07 };

export class PowerManagement {
  private readonly clock: Clock;
  private readonly sci: Line;
  private readonly powerOff: () => void;
  private status = 0;
  private enable = 0;
  private control = 0;
  private smiCommand = 0;
  /** Half turns of the timer already reported in the status register. */
  private seenHalfTurns = 0;
  private overflow: Timer | undefined;

  /** `sci` is IRQ 9; `powerOff` is called when the guest enters S5. */
  constructor(clock: Clock, sci: Line, powerOff: () => void) {
    this.clock = clock;
    this.sci = sci;
    this.powerOff = powerOff;
  }

  connect(ports: PortBus): void {
    ports.map(PM_BASE, PM_LENGTH, {
      read16: (offset) => this.read(offset & ~1),
      read32: (offset) =>
        offset === PmRegister.TIMER ? this.timer() : this.read(offset) | (this.read(offset + 2) << 16),
      // Bytes are written in place: the status register takes ones to clear, so its other byte must be 0.
      write8: (offset, value) => {
        const old = offset >> 1 === PmRegister.STATUS >> 1 ? 0 : this.read(offset & ~1);
        this.write(offset & ~1, offset & 1 ? (old & 0xff) | (value << 8) : (old & 0xff00) | value);
      },
      write16: (offset, value) => this.write(offset & ~1, value),
    });
    ports.map(SMI_COMMAND.PORT, 2, {
      read8: (offset) => (offset === 0 ? this.smiCommand : 0),
      write8: (offset, value) => {
        if (offset === 0) this.writeSmiCommand(value);
      },
    });
  }

  private timer(): number {
    return this.ticks() & TIMER_MASK;
  }

  /** Ticks since power on; below 2^53 for longer than any guest runs, but beyond 32 bits within 20 minutes. */
  private ticks(): number {
    return Math.floor(this.clock.now() * TICKS_PER_NS) % 2 ** 32;
  }

  private read(register: number): number {
    if (register === PmRegister.STATUS) this.collect();
    if (register === PmRegister.STATUS) return this.status;
    if (register === PmRegister.ENABLE) return this.enable;
    if (register === PmRegister.CONTROL) return this.control;
    if (register === PmRegister.TIMER) return this.timer() & 0xffff;
    return register === PmRegister.TIMER + 2 ? this.timer() >> 16 : 0;
  }

  private write(register: number, value: number): void {
    if (register === PmRegister.STATUS) {
      this.collect();
      this.status &= ~value;
    } else if (register === PmRegister.ENABLE) this.enable = value & PM1.ENABLE_BITS;
    else if (register === PmRegister.CONTROL) this.writeControl(value);
    else return;
    this.update();
  }

  private writeControl(value: number): void {
    // The sleep type stays, the enable bit reads as 0.
    this.control = value & CONTROL.WRITABLE;
    const type = (value >> CONTROL.SLEEP_TYPE_SHIFT) & 7;
    if (value & CONTROL.SLEEP_ENABLE && type === SOFT_OFF_TYPE) this.powerOff();
  }

  private writeSmiCommand(value: number): void {
    this.smiCommand = value;
    if (value === SMI_COMMAND.ENABLE) this.control |= CONTROL.SCI_ENABLE;
    else if (value === SMI_COMMAND.DISABLE) this.control &= ~CONTROL.SCI_ENABLE;
    this.update();
  }

  private halfTurns(): number {
    return Math.floor((this.clock.now() * TICKS_PER_NS) / HALF_TURN);
  }

  private collect(): void {
    const halfTurns = this.halfTurns();
    if (halfTurns !== this.seenHalfTurns) this.status |= PM1.TIMER;
    this.seenHalfTurns = halfTurns;
  }

  private update(): void {
    this.collect();
    const enabled = (this.control & CONTROL.SCI_ENABLE) !== 0;
    this.sci(enabled && (this.status & this.enable & PM1.STATUS_BITS) !== 0);
    this.overflow?.cancel();
    this.overflow = undefined;
    if (!(enabled && this.enable & PM1.TIMER)) return;
    const next = Math.ceil(((this.seenHalfTurns + 1) * HALF_TURN) / TICKS_PER_NS) + 1;
    this.overflow = this.clock.at(next, () => this.update());
  }
}

/** The real-time clock and its battery-backed RAM (Motorola MC146818), behind ports 70h and 71h. */
import type { PortBus } from './bus.ts';
import type { Clock, Timer } from './clock.ts';
import type { Line } from './line.ts';

const Register = {
  SECONDS: 0x00,
  SECONDS_ALARM: 0x01,
  MINUTES: 0x02,
  MINUTES_ALARM: 0x03,
  HOURS: 0x04,
  HOURS_ALARM: 0x05,
  WEEKDAY: 0x06,
  DAY: 0x07,
  MONTH: 0x08,
  YEAR: 0x09,
  A: 0x0a,
  B: 0x0b,
  C: 0x0c,
  D: 0x0d,
  CENTURY: 0x32,
};
const A = { UPDATE_IN_PROGRESS: 0x80, DIVIDER_32_KHZ: 0x20, RATE: 0x0f, RATE_1024_HZ: 0x06 };
const B = { HOUR_24: 0x02, BINARY: 0x04, UPDATE: 0x10, ALARM: 0x20, PERIODIC: 0x40, SET: 0x80 };
const C = { UPDATE: 0x10, ALARM: 0x20, PERIODIC: 0x40, REQUEST: 0x80 };
const D = { VALID: 0x80 };
const PM = 0x80;
const ALARM_ANY = 0xc0;

const SECOND = 1e9;
/** Update-in-progress rises this long, in ns, before the update (data sheet: tBUC). */
const UPDATE_WARNING = 244_000;
const DAY_REGISTERS = [Register.WEEKDAY, Register.DAY, Register.MONTH, Register.YEAR, Register.CENTURY];
const TIME_REGISTERS = [Register.SECONDS, Register.MINUTES, Register.HOURS, ...DAY_REGISTERS];

/** What firmware finds out and leaves in CMOS RAM. Sizes in bytes. */
function firmwareBytes(memory: number): [number, number][] {
  const conventional = 640;
  const extended = Math.min(0xffff, Math.max(0, (memory >> 10) - 1024));
  const above16M = Math.min(0xffff, Math.max(0, (memory - 0x100_0000) >>> 16));
  return [
    [0x15, conventional & 0xff],
    [0x16, conventional >> 8],
    [0x17, extended & 0xff],
    [0x18, extended >> 8],
    [0x30, extended & 0xff],
    [0x31, extended >> 8],
    [0x34, above16M & 0xff],
    [0x35, above16M >> 8],
  ];
}

export interface CmosOptions {
  /** Size of RAM in bytes. */
  memory: number;
  /** The date at power on, in ms since 1970, UTC. */
  date: number;
}

export class Cmos {
  private readonly clock: Clock;
  private readonly interrupt: Line;
  private readonly ram = new Uint8Array(128);
  private index = 0;
  /** Guest time, ns, at which some second began, and that second's number since 1970, UTC. */
  private readonly phase: number;
  private firstSecond: number;
  /** While SET is on: the time registers as they were, and as written since. */
  private held: Record<number, number> | undefined;
  private updateTimer: Timer | undefined;
  private periodicTimer: Timer | undefined;
  /** Seconds and periods already reported in register C. */
  private seenSecond: number;
  private seenPeriod = 0;
  /** Port 70h bit 7; nothing on this board but the guest's own messages raises NMI. */
  nmiMasked = false;

  /** `interrupt` is IRQ 8. */
  constructor(clock: Clock, interrupt: Line, { memory, date }: CmosOptions) {
    this.clock = clock;
    this.interrupt = interrupt;
    this.firstSecond = Math.floor(date / 1000);
    this.phase = clock.now() - Math.floor(date % 1000) * 1e6;
    this.ram[Register.A] = A.DIVIDER_32_KHZ | A.RATE_1024_HZ;
    this.ram[Register.B] = B.HOUR_24;
    this.ram[Register.D] = D.VALID;
    for (const [register, value] of firmwareBytes(memory)) this.ram[register] = value;
    this.seenSecond = this.second();
  }

  connect(ports: PortBus): void {
    ports.map(0x70, 2, {
      read8: (offset) => (offset === 0 ? 0xff : this.read(this.index)),
      write8: (offset, value) => {
        if (offset === 1) this.write(this.index, value);
        else {
          this.index = value & 0x7f;
          this.nmiMasked = (value & 0x80) !== 0;
        }
      },
    });
  }

  private read(register: number): number {
    if (TIME_REGISTERS.includes(register)) return (this.held ?? this.timeFields())[register];
    if (register === Register.A) return this.ram[Register.A] | (this.updateInProgress() ? A.UPDATE_IN_PROGRESS : 0);
    return register === Register.C ? this.takeFlags() : this.ram[register];
  }

  private write(register: number, value: number): void {
    if (TIME_REGISTERS.includes(register)) this.writeTime(register, value);
    else if (register === Register.A) {
      this.collectFlags();
      this.ram[register] = value & ~A.UPDATE_IN_PROGRESS;
      this.seenPeriod = this.period();
      this.schedule();
    } else if (register === Register.B) this.writeB(value);
    else if (register !== Register.C && register !== Register.D) this.ram[register] = value;
  }

  private writeTime(register: number, value: number): void {
    const fields = this.held ?? this.timeFields();
    fields[register] = value;
    if (!this.held) this.setTime(fields);
  }

  private writeB(value: number): void {
    this.collectFlags();
    const { held } = this;
    if (held && !(value & B.SET)) {
      // The new format applies to what was written while SET was on.
      this.ram[Register.B] = value;
      this.held = undefined;
      this.setTime(held);
    } else {
      this.ram[Register.B] = value & B.SET ? value & ~B.UPDATE : value;
      if (value & B.SET) this.held ??= this.timeFields();
    }
    this.updateInterrupt();
    this.schedule();
  }

  private secondsSincePowerOn(): number {
    return Math.floor((this.clock.now() - this.phase) / SECOND);
  }

  private second(): number {
    return this.firstSecond + this.secondsSincePowerOn();
  }

  /** Guest time, ns, of the next change of the second. */
  private nextSecond(): number {
    return this.phase + (this.secondsSincePowerOn() + 1) * SECOND;
  }

  private updateInProgress(): boolean {
    return !this.held && this.nextSecond() - this.clock.now() <= UPDATE_WARNING;
  }

  private encode(value: number): number {
    return this.ram[Register.B] & B.BINARY ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  private decode(value: number): number {
    return this.ram[Register.B] & B.BINARY ? value : (value >> 4) * 10 + (value & 15);
  }

  private encodeHour(hour: number): number {
    if (this.ram[Register.B] & B.HOUR_24) return this.encode(hour);
    return this.encode(hour % 12 || 12) | (hour >= 12 ? PM : 0);
  }

  private decodeHour(value: number): number {
    if (this.ram[Register.B] & B.HOUR_24) return this.decode(value);
    return (this.decode(value & ~PM) % 12) + (value & PM ? 12 : 0);
  }

  private timeFields(): Record<number, number> {
    const date = new Date(this.second() * 1000);
    return {
      [Register.SECONDS]: this.encode(date.getUTCSeconds()),
      [Register.MINUTES]: this.encode(date.getUTCMinutes()),
      [Register.HOURS]: this.encodeHour(date.getUTCHours()),
      [Register.WEEKDAY]: date.getUTCDay() + 1,
      [Register.DAY]: this.encode(date.getUTCDate()),
      [Register.MONTH]: this.encode(date.getUTCMonth() + 1),
      [Register.YEAR]: this.encode(date.getUTCFullYear() % 100),
      [Register.CENTURY]: this.encode(Math.floor(date.getUTCFullYear() / 100)),
    };
  }

  /** Whatever the guest wrote makes some date: out-of-range fields carry over. */
  private setTime(fields: Record<number, number>): void {
    const number = (register: number) => this.decode(fields[register]);
    const year = number(Register.CENTURY) * 100 + number(Register.YEAR);
    const day = [number(Register.MONTH) - 1, number(Register.DAY)] as const;
    const time = [this.decodeHour(fields[Register.HOURS]), number(Register.MINUTES), number(Register.SECONDS)] as const;
    const date = new Date(0);
    date.setUTCFullYear(year, ...day);
    date.setUTCHours(...time);
    this.firstSecond = date.getTime() / 1000 - this.secondsSincePowerOn();
    this.seenSecond = this.second();
    this.schedule();
  }

  /** Period of the square wave in ns, 0 when it is off. */
  private periodLength(): number {
    const rate = this.ram[Register.A] & A.RATE;
    if (rate === 0) return 0;
    // Rates 1 and 2 are those of 8 and 9.
    const shift = rate < 3 ? rate + 6 : rate - 1;
    return (SECOND * 2 ** shift) / 32_768;
  }

  private period(): number {
    const length = this.periodLength();
    return length === 0 ? 0 : Math.floor(this.clock.now() / length);
  }

  /** Brings register C up to date: its flags rise whether or not they interrupt. */
  private collectFlags(): void {
    const period = this.period();
    if (period > this.seenPeriod) this.ram[Register.C] |= C.PERIODIC;
    this.seenPeriod = period;
    const second = this.second();
    if (this.held || second <= this.seenSecond) return;
    this.ram[Register.C] |= C.UPDATE;
    if (this.alarmMatches()) this.ram[Register.C] |= C.ALARM;
    this.seenSecond = second;
  }

  /** Looks at the current second only; with the alarm interrupt on, every second is looked at. */
  private alarmMatches(): boolean {
    const fields = this.timeFields();
    return [
      [Register.SECONDS_ALARM, Register.SECONDS],
      [Register.MINUTES_ALARM, Register.MINUTES],
      [Register.HOURS_ALARM, Register.HOURS],
    ].every(([alarm, time]) => this.ram[alarm] >= ALARM_ANY || this.ram[alarm] === fields[time]);
  }

  private takeFlags(): number {
    this.collectFlags();
    this.updateInterrupt();
    const flags = this.ram[Register.C];
    this.ram[Register.C] = 0;
    this.interrupt(false);
    return flags;
  }

  private updateInterrupt(): void {
    const enabled = this.ram[Register.B] & (B.UPDATE | B.ALARM | B.PERIODIC);
    // Enable and flag bits have the same places.
    const request = (this.ram[Register.C] & enabled) !== 0;
    if (request) this.ram[Register.C] |= C.REQUEST;
    else this.ram[Register.C] &= ~C.REQUEST;
    this.interrupt(request);
  }

  /** Events exist only for interrupts that are enabled. */
  private schedule(): void {
    this.updateTimer?.cancel();
    this.periodicTimer?.cancel();
    const event = () => {
      this.collectFlags();
      this.updateInterrupt();
      this.schedule();
    };
    const enabled = this.ram[Register.B];
    if (enabled & (B.UPDATE | B.ALARM) && !this.held) this.updateTimer = this.clock.at(this.nextSecond(), event);
    const length = this.periodLength();
    if (enabled & B.PERIODIC && length > 0) {
      this.periodicTimer = this.clock.at(Math.ceil((this.period() + 1) * length), event);
    }
  }
}

/** The 8254 programmable interval timer (Intel 8254 data sheet). Time is exact: counters are functions of the clock. */
import type { PortBus } from './bus.ts';
import type { Clock, Timer } from './clock.ts';
import type { Line } from './line.ts';
import { TickBacklog, type TickState } from './tick-backlog.ts';

/** Input frequency in Hz. */
export const PIT_FREQUENCY = 1_193_182;
const TICKS_PER_NS = PIT_FREQUENCY / 1e9;

/** Number of input clock edges since power on. */
function tickAt(time: number): number {
  return Math.floor(time * TICKS_PER_NS);
}

/** A whole nanosecond at which `tickAt` has reached `tick`; one more than needed, for the rounding of large times. */
function timeOfTick(tick: number): number {
  return Math.floor(tick / TICKS_PER_NS) + 2;
}

const Mode = { TERMINAL_COUNT: 0, ONE_SHOT: 1, RATE: 2, SQUARE_WAVE: 3, SOFTWARE_STROBE: 4, HARDWARE_STROBE: 5 };
/** Bits 4-5 of the control word. */
const Access = { LATCH: 0, LOW: 1, HIGH: 2, BOTH: 3 };
const STATUS = { OUT: 0x80, NULL_COUNT: 0x40 };

/** One of the three counters. */
export class PitChannel {
  private readonly clock: Clock;
  /** Told of every rising edge that may matter to an interrupt controller; the level between is not simulated. */
  private readonly output: Line | undefined;
  private readonly ticks: TickBacklog;
  private timer: Timer | undefined;

  private mode = Mode.TERMINAL_COUNT;
  private access = Access.BOTH;
  private bcd = false;
  private gate: boolean;
  /** Ticks of one count or period, 1 … 0x10000; 0 before the first is written. */
  private count = 0;
  /** Tick number at which the count started. */
  private start = 0;
  /** Modes 2 and 3: the tick up to which periods have been told of, and how many more ended before a new count. */
  private told = 0;
  private untold = 0;
  private running = false;
  /** Modes 0 and 4: ticks already counted when the gate went low. */
  private frozen = 0;
  /** Modes 2 and 3: a new count takes over at the end of the period. */
  private next: { tick: number; count: number } | undefined;

  private writeLow: number | undefined;
  private readHighNext = false;
  private latchedCount: number[] = [];
  private latchedStatus: number | undefined;

  constructor(clock: Clock, gate: boolean, output?: Line, state: () => TickState = () => 'taken') {
    this.clock = clock;
    this.gate = gate;
    this.output = output;
    this.ticks = new TickBacklog(() => this.pulse(), state);
  }

  /** OUT now. */
  get out(): boolean {
    this.takeOver();
    const { TERMINAL_COUNT, ONE_SHOT, RATE, SQUARE_WAVE } = Mode;
    if (this.mode === TERMINAL_COUNT) return this.running && this.elapsed() >= this.count;
    if (!this.running || (this.isPeriodic && !this.gate)) return true;
    const elapsed = this.elapsed();
    if (this.mode === ONE_SHOT) return elapsed >= this.count;
    if (this.mode === RATE) return elapsed % this.count !== this.count - 1;
    if (this.mode === SQUARE_WAVE) return elapsed % this.count < (this.count + 1) >> 1;
    return elapsed !== this.count;
  }

  setGate(level: boolean): void {
    if (level === this.gate) return;
    const elapsed = this.elapsed();
    this.gate = level;
    const counts = this.mode === Mode.TERMINAL_COUNT || this.mode === Mode.SOFTWARE_STROBE;
    if (!level) this.frozen = elapsed;
    else if (counts) this.start = tickAt(this.clock.now()) - this.frozen;
    else if (this.count > 0) this.restart();
    this.schedule();
  }

  /** A control word for this channel, other than read-back. */
  control(word: number): void {
    const access = (word >> 4) & 3;
    if (access === Access.LATCH) {
      this.latchCount();
      return;
    }
    this.access = access;
    this.mode = (word >> 1) & 7;
    // Modes 6 and 7 are modes 2 and 3: the top bit is not decoded.
    if (this.mode > Mode.HARDWARE_STROBE) this.mode -= 4;
    this.bcd = (word & 1) !== 0;
    this.running = false;
    this.count = 0;
    this.next = undefined;
    this.ticks.clear();
    this.writeLow = undefined;
    this.readHighNext = false;
    this.latchedCount = [];
    this.latchedStatus = undefined;
    this.timer?.cancel();
    this.output?.(this.mode !== Mode.TERMINAL_COUNT);
  }

  /** Read-back command: bits 5 and 4, active low, choose count and status. */
  readBack(word: number): void {
    if (!(word & 0x20)) this.latchCount();
    if (!(word & 0x10)) this.latchedStatus ??= this.status();
  }

  read(): number {
    if (this.latchedStatus !== undefined) {
      const status = this.latchedStatus;
      this.latchedStatus = undefined;
      return status;
    }
    const latched = this.latchedCount.shift();
    if (latched !== undefined) return latched;
    const [first, second] = this.bytes();
    if (second === undefined) return first;
    this.readHighNext = !this.readHighNext;
    return this.readHighNext ? first : second;
  }

  write(value: number): void {
    if (this.access === Access.LOW) this.load(value);
    else if (this.access === Access.HIGH) this.load(value << 8);
    else if (this.writeLow === undefined) {
      this.writeLow = value;
      // The first byte of a new count stops mode 0.
      if (this.mode === Mode.TERMINAL_COUNT) this.stop();
    } else {
      this.load(this.writeLow | (value << 8));
      this.writeLow = undefined;
    }
  }

  private get isPeriodic(): boolean {
    return this.mode === Mode.RATE || this.mode === Mode.SQUARE_WAVE;
  }

  /** Modes 1 and 5 count when the gate rises. */
  private get isTriggered(): boolean {
    return this.mode === Mode.ONE_SHOT || this.mode === Mode.HARDWARE_STROBE;
  }

  private get modulus(): number {
    return this.bcd ? 10_000 : 0x1_0000;
  }

  private load(value: number): void {
    const number = this.bcd ? fromBcd(value) : value;
    const count = number === 0 ? this.modulus : number;
    this.takeOver();
    if (this.running && this.isPeriodic && this.gate) {
      const periods = Math.floor(this.elapsed() / this.count) + 1;
      this.next = { tick: this.start + periods * this.count, count };
      return;
    }
    this.count = count;
    if (this.isTriggered) return;
    this.restart();
    this.schedule();
  }

  private restart(): void {
    // The counter is loaded on the clock edge after the write or trigger.
    this.start = this.told = tickAt(this.clock.now()) + 1;
    this.untold = 0;
    this.frozen = 0;
    this.running = true;
    this.next = undefined;
    this.output?.(this.mode !== Mode.TERMINAL_COUNT);
  }

  private stop(): void {
    this.running = false;
    this.timer?.cancel();
    this.output?.(false);
  }

  private takeOver(): void {
    if (!this.next || tickAt(this.clock.now()) < this.next.tick) return;
    this.untold += (this.next.tick - this.told) / this.count;
    this.start = this.told = this.next.tick;
    this.count = this.next.count;
    this.next = undefined;
  }

  /** Ticks counted since the count was loaded. */
  private elapsed(): number {
    if (!this.gate && !this.isTriggered) return this.frozen;
    return Math.max(0, tickAt(this.clock.now()) - this.start);
  }

  private value(): number {
    this.takeOver();
    if (!this.running) return this.count % this.modulus;
    const elapsed = this.elapsed();
    if (this.mode === Mode.RATE) return this.count - (elapsed % this.count);
    if (this.mode === Mode.SQUARE_WAVE) return this.count - ((2 * elapsed) % this.count);
    const { modulus } = this;
    return (((this.count - elapsed) % modulus) + modulus) % modulus;
  }

  /** The count as the access mode delivers it. */
  private bytes(): number[] {
    const value = this.value() % this.modulus;
    const word = this.bcd ? toBcd(value) : value;
    if (this.access === Access.LOW) return [word & 0xff];
    if (this.access === Access.HIGH) return [word >> 8];
    return [word & 0xff, word >> 8];
  }

  private latchCount(): void {
    if (this.latchedCount.length === 0) this.latchedCount = this.bytes();
  }

  private status(): number {
    const nullCount = !this.running || this.next !== undefined ? STATUS.NULL_COUNT : 0;
    return (this.out ? STATUS.OUT : 0) | nullCount | (this.access << 4) | (this.mode << 1) | (this.bcd ? 1 : 0);
  }

  /** Arranges for the next rising edge of OUT, where somebody listens. */
  private schedule(): void {
    this.timer?.cancel();
    if (!this.output || !this.running || !this.gate) return;
    const end = this.isPeriodic
      ? this.told + this.count
      : this.start + this.count + (this.mode === Mode.TERMINAL_COUNT ? 0 : 1);
    const patience = this.isPeriodic ? 'exact' : 'patient';
    this.timer = this.clock.at(timeOfTick(end), () => this.edge(), patience);
  }

  private edge(): void {
    if (!this.isPeriodic) {
      this.pulse();
      return;
    }
    this.takeOver();
    const periods = Math.floor((this.start + this.elapsed() - this.told) / this.count);
    this.told += periods * this.count;
    this.ticks.add(this.untold + periods);
    this.untold = 0;
    this.schedule();
  }

  private pulse(): void {
    this.output?.(false);
    this.output?.(true);
  }

  /** The tick before has been acknowledged. */
  offerTick(): void {
    this.ticks.offer();
  }
}

function fromBcd(word: number): number {
  return (word >> 12) * 1000 + ((word >> 8) & 15) * 100 + ((word >> 4) & 15) * 10 + (word & 15);
}

function toBcd(value: number): number {
  const digit = (unit: number) => Math.floor(value / unit) % 10;
  return (digit(1000) << 12) | (digit(100) << 8) | (digit(10) << 4) | digit(1);
}

const PIT_PORT = 0x40;
const CONTROL = 3;
const READ_BACK = 3;

/** The chip: channel 0 drives IRQ 0, channel 1 refreshed memory once, channel 2 has its gate and output at port 61h. */
export class Pit {
  readonly channels: readonly PitChannel[];

  /** `state` tells what has become of the last tick on `interrupt`. */
  constructor(clock: Clock, interrupt: Line, state: () => TickState) {
    this.channels = [
      new PitChannel(clock, true, interrupt, state),
      new PitChannel(clock, true),
      new PitChannel(clock, false),
    ];
  }

  /** An interrupt has been acknowledged: perhaps the tick that others wait for. */
  acknowledged(): void {
    this.channels[0].offerTick();
  }

  connect(ports: PortBus): void {
    ports.map(PIT_PORT, 4, {
      read8: (offset) => (offset === CONTROL ? 0xff : this.channels[offset].read()),
      write8: (offset, value) => {
        if (offset === CONTROL) this.control(value);
        else this.channels[offset].write(value);
      },
    });
  }

  private control(word: number): void {
    const select = word >> 6;
    if (select !== READ_BACK) this.channels[select].control(word);
    else {
      this.channels.forEach((channel, i) => {
        if (word & (2 << i)) channel.readBack(word);
      });
    }
  }
}

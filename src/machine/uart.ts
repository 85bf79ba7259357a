/** A 16550A serial port (National Semiconductor PC16550D data sheet). Sending takes no time; receiving keeps to the baud rate. */
import type { PortBus } from './bus.ts';
import type { ByteQueue } from './byte-queue.ts';
import type { Clock, Timer } from './clock.ts';
import type { Line } from './line.ts';

/** Port offsets. 0 and 1 are the divisor latch while LCR.DLAB is set. */
const Register = { DATA: 0, IER: 1, IIR_FCR: 2, LCR: 3, MCR: 4, LSR: 5, MSR: 6, SCRATCH: 7 };
const IER = { RECEIVED: 0x01, EMPTY: 0x02, LINE_STATUS: 0x04, MODEM_STATUS: 0x08, WRITABLE: 0x0f };
const FCR = { ENABLE: 0x01, CLEAR_RECEIVER: 0x02, TRIGGER_SHIFT: 6 };
const LCR = { DIVISOR_LATCH: 0x80 };
const MCR = { DTR: 0x01, RTS: 0x02, OUT1: 0x04, OUT2: 0x08, LOOP: 0x10, WRITABLE: 0x1f };
const LSR = { DATA_READY: 0x01, OVERRUN: 0x02, TRANSMITTER_EMPTY: 0x60 };
const MSR = { DELTA_CTS: 0x01, CTS: 0x10, DSR: 0x20, RI: 0x40, DCD: 0x80 };

/** Interrupt identification, and the FIFO bits beside it. */
const Identification = { NONE: 0x1, LINE_STATUS: 0x6, RECEIVED: 0x4, TIMEOUT: 0xc, EMPTY: 0x2, MODEM_STATUS: 0x0 };
const IIR_FIFOS = 0xc0;

const FIFO_SIZE = 16;
const TRIGGER_LEVELS = [1, 4, 8, 14];
const TIMEOUT_CHARACTERS = 4;
/** ns per unit of the divisor: a character of 10 bits at 16 clocks of 1.8432 MHz. */
const CHARACTER_TIME = (10 * 16 * 1e9) / 1_843_200;
/**
 * A guest that takes no receive interrupt gets input once it has found the line empty this often in a row. Drivers
 * read and discard a byte or two while they set the port up; what was typed ahead must not be among those.
 */
const PATIENT_POLLS = 16;

export class Uart {
  private readonly clock: Clock;
  private readonly interrupt: Line;
  private readonly input: ByteQueue;
  private readonly transmit: (byte: number) => void;

  private receiver: number[] = [];
  private ier = 0;
  private fifoControl = 0;
  private lcr = 0;
  private mcr = 0;
  private errors = 0;
  private modemDeltas = 0;
  private scratch = 0;
  private divisor = 1;
  private emptyPending = false;
  private timeoutPending = false;
  private polls = 0;
  private feedTimer: Timer | undefined;
  private timeoutTimer: Timer | undefined;

  /** `input` is where the bytes to receive come from; `transmit` gets each byte sent. */
  constructor(clock: Clock, interrupt: Line, input: ByteQueue, transmit: (byte: number) => void) {
    this.clock = clock;
    this.interrupt = interrupt;
    this.input = input;
    this.transmit = transmit;
    input.onData = () => this.requestInput();
  }

  connect(ports: PortBus, base: number): void {
    ports.map(base, 8, {
      read8: (offset) => this.read(offset),
      write8: (offset, value) => this.write(offset, value),
    });
  }

  private read(register: number): number {
    if (register !== Register.LSR) this.polls = 0;
    const latch = (this.lcr & LCR.DIVISOR_LATCH) !== 0;
    switch (register) {
      case Register.DATA:
        return latch ? this.divisor & 0xff : this.readData();
      case Register.IER:
        return latch ? this.divisor >> 8 : this.ier;
      case Register.IIR_FCR:
        return this.readIdentification();
      case Register.LCR:
        return this.lcr;
      case Register.MCR:
        return this.mcr;
      case Register.LSR:
        return this.readLineStatus();
      case Register.MSR:
        return this.readModemStatus();
      default:
        return this.scratch;
    }
  }

  private write(register: number, value: number): void {
    this.polls = 0;
    const latch = (this.lcr & LCR.DIVISOR_LATCH) !== 0;
    switch (register) {
      case Register.DATA:
        if (latch) this.divisor = (this.divisor & 0xff00) | value;
        else this.send(value);
        break;
      case Register.IER:
        if (latch) this.divisor = (this.divisor & 0xff) | (value << 8);
        else this.writeInterruptEnable(value);
        break;
      case Register.IIR_FCR:
        this.writeFifoControl(value);
        break;
      case Register.LCR:
        this.lcr = value;
        break;
      case Register.MCR:
        this.writeModemControl(value);
        break;
      case Register.SCRATCH:
        this.scratch = value;
        break;
    }
  }

  private get fifoEnabled(): boolean {
    return (this.fifoControl & FCR.ENABLE) !== 0;
  }

  private get capacity(): number {
    return this.fifoEnabled ? FIFO_SIZE : 1;
  }

  private get trigger(): number {
    return this.fifoEnabled ? TRIGGER_LEVELS[this.fifoControl >> FCR.TRIGGER_SHIFT] : 1;
  }

  private get looped(): boolean {
    return (this.mcr & MCR.LOOP) !== 0;
  }

  private get characterTime(): number {
    return CHARACTER_TIME * (this.divisor || 1);
  }

  private send(value: number): void {
    if (!this.looped) this.transmit(value);
    else if (this.receiver.length < this.capacity) this.receiveCharacters([value]);
    else this.errors |= LSR.OVERRUN;
    // The character is gone before the guest can look: the holding register is empty again.
    this.emptyPending = true;
    this.update();
  }

  private readData(): number {
    const value = this.receiver.shift() ?? 0;
    this.timeoutPending = false;
    this.armTimeout();
    if (this.receiver.length === 0) this.requestInput();
    this.update();
    return value;
  }

  private readLineStatus(): number {
    const status = LSR.TRANSMITTER_EMPTY | this.errors | (this.receiver.length > 0 ? LSR.DATA_READY : 0);
    this.errors = 0;
    if (this.receiver.length === 0 && ++this.polls === PATIENT_POLLS) this.requestInput();
    this.update();
    return status;
  }

  private modemStatus(): number {
    if (!this.looped) return MSR.CTS | MSR.DSR | MSR.DCD;
    return (
      (this.mcr & MCR.RTS ? MSR.CTS : 0) |
      (this.mcr & MCR.DTR ? MSR.DSR : 0) |
      (this.mcr & MCR.OUT1 ? MSR.RI : 0) |
      (this.mcr & MCR.OUT2 ? MSR.DCD : 0)
    );
  }

  private readModemStatus(): number {
    const status = this.modemStatus() | this.modemDeltas;
    this.modemDeltas = 0;
    this.update();
    return status;
  }

  private writeModemControl(value: number): void {
    const before = this.modemStatus();
    this.mcr = value & MCR.WRITABLE;
    const after = this.modemStatus();
    // Delta bits are four below their status bits; ring counts only when it ends.
    const changed = (before ^ after) & ~(after & MSR.RI);
    this.modemDeltas |= (changed >> 4) & 0x0f;
    this.requestInput();
    this.update();
  }

  private writeInterruptEnable(value: number): void {
    const before = this.ier;
    this.ier = value & IER.WRITABLE;
    // Enabling the interrupt while the holding register is empty raises it.
    if (this.ier & ~before & IER.EMPTY) this.emptyPending = true;
    this.requestInput();
    this.update();
  }

  private writeFifoControl(value: number): void {
    const toggled = ((value ^ this.fifoControl) & FCR.ENABLE) !== 0;
    this.fifoControl = value & FCR.ENABLE ? value : 0;
    if (toggled || value & FCR.CLEAR_RECEIVER) this.clearReceiver();
    this.update();
  }

  /** What the guest throws away unseen goes back to the host's queue: typed-ahead input survives a driver's start. */
  private clearReceiver(): void {
    if (!this.looped) this.input.unshift(Uint8Array.from(this.receiver));
    this.receiver = [];
    this.timeoutPending = false;
    this.armTimeout();
    this.requestInput();
  }

  /** Lets the next characters arrive, one character time from now, when somebody listens. */
  private requestInput(): void {
    const listening = (this.ier & IER.RECEIVED) !== 0 || this.polls >= PATIENT_POLLS;
    if (!listening || this.feedTimer || this.looped || this.input.length === 0 || this.receiver.length > 0) return;
    this.feedTimer = this.clock.at(this.clock.now() + this.characterTime, () => {
      this.feedTimer = undefined;
      if (!this.looped && this.receiver.length === 0) this.receiveCharacters([...this.input.take(this.capacity)]);
    });
  }

  private receiveCharacters(bytes: number[]): void {
    this.receiver.push(...bytes);
    this.armTimeout();
    this.update();
  }

  /** Characters below the trigger level interrupt when nothing has moved for four character times. */
  private armTimeout(): void {
    this.timeoutTimer?.cancel();
    const below = this.receiver.length > 0 && this.receiver.length < this.trigger;
    if (!this.fifoEnabled || !below) return;
    this.timeoutTimer = this.clock.at(this.clock.now() + TIMEOUT_CHARACTERS * this.characterTime, () => {
      this.timeoutPending = true;
      this.update();
    });
  }

  /** The most urgent enabled interrupt. */
  private identification(): number {
    if (this.ier & IER.LINE_STATUS && this.errors !== 0) return Identification.LINE_STATUS;
    if (this.ier & IER.RECEIVED && this.receiver.length >= this.trigger) return Identification.RECEIVED;
    if (this.ier & IER.RECEIVED && this.timeoutPending) return Identification.TIMEOUT;
    if (this.ier & IER.EMPTY && this.emptyPending) return Identification.EMPTY;
    if (this.ier & IER.MODEM_STATUS && this.modemDeltas !== 0) return Identification.MODEM_STATUS;
    return Identification.NONE;
  }

  private readIdentification(): number {
    const identification = this.identification();
    if (identification === Identification.EMPTY) this.emptyPending = false;
    this.update();
    return identification | (this.fifoEnabled ? IIR_FIFOS : 0);
  }

  private update(): void {
    // OUT2 gates the interrupt on PC cards; in loopback the pin is not driven.
    const connected = (this.mcr & MCR.OUT2) !== 0 && !this.looped;
    this.interrupt(connected && this.identification() !== Identification.NONE);
  }
}

/** The local APIC in xAPIC mode (Intel SDM vol. 3, "Advanced Programmable Interrupt Controller"). */
import type { CpuPins } from '../../runtime/board.ts';
import type { AccessHandlers } from './bus.ts';
import type { Clock } from './clock.ts';
import type { Line } from './line.ts';
import { ApicTimer } from './local-apic-timer.ts';
import { TickBacklog } from './tick-backlog.ts';

export const LOCAL_APIC_BASE = 0xfee0_0000;
export const LOCAL_APIC_SIZE = 0x1000;

/** Offsets in the register page; each register is 32 bits on a 16-byte boundary. */
const Register = {
  ID: 0x020,
  VERSION: 0x030,
  TPR: 0x080,
  APR: 0x090,
  PPR: 0x0a0,
  EOI: 0x0b0,
  LDR: 0x0d0,
  DFR: 0x0e0,
  SVR: 0x0f0,
  ISR: 0x100,
  TMR: 0x180,
  IRR: 0x200,
  ESR: 0x280,
  ICR_LOW: 0x300,
  ICR_HIGH: 0x310,
  LVT_TIMER: 0x320,
  LVT_THERMAL: 0x330,
  LVT_PERFORMANCE: 0x340,
  LVT_LINT0: 0x350,
  LVT_LINT1: 0x360,
  LVT_ERROR: 0x370,
  TIMER_INITIAL: 0x380,
  TIMER_CURRENT: 0x390,
  TIMER_DIVIDE: 0x3e0,
};
/** ISR, TMR and IRR are eight registers each. */
const BANK_SIZE = 0x80;

/** Version 14h, and the number of the last local vector table entry. */
const VERSION = 0x0005_0014;

/** The writable bits of each local vector table entry. */
const LVT_WRITABLE: Record<number, number> = {
  [Register.LVT_TIMER]: 0x3_00ff,
  [Register.LVT_THERMAL]: 0x1_07ff,
  [Register.LVT_PERFORMANCE]: 0x1_07ff,
  [Register.LVT_LINT0]: 0x1_a7ff,
  [Register.LVT_LINT1]: 0x1_a7ff,
  [Register.LVT_ERROR]: 0x1_00ff,
};
const LVT = { MASKED: 0x1_0000, PERIODIC: 0x2_0000 };
const SVR = { ENABLED: 0x100, WRITABLE: 0x1ff };
const ERROR = { SEND_ILLEGAL_VECTOR: 0x20, RECEIVE_ILLEGAL_VECTOR: 0x40, ILLEGAL_REGISTER: 0x80 };
const ICR = { LOGICAL: 0x800, ASSERT: 0x4000, LEVEL_TRIGGERED: 0x8000, WRITABLE: 0x000c_cfff };
const Shorthand = { DESTINATION: 0, SELF: 1, ALL: 2 };
const BROADCAST = 0xff;
const FLAT_MODEL = 0xf;

/** Bits 8-10 of a message: how it is delivered. */
const DeliveryMode = { FIXED: 0, LOWEST_PRIORITY: 1, SMI: 2, NMI: 4, INIT: 5, STARTUP: 6, EXTINT: 7 };

/** An interrupt message, from the I/O APIC or the ICR. */
export interface InterruptMessage {
  vector: number;
  deliveryMode: number;
  levelTriggered: boolean;
  destination: number;
  logical: boolean;
}

/** 256 bits, one a vector. */
class VectorSet {
  readonly words = new Uint32Array(8);

  set(vector: number): void {
    this.words[vector >> 5] |= 1 << (vector & 31);
  }

  clear(vector: number): void {
    this.words[vector >> 5] &= ~(1 << (vector & 31));
  }

  has(vector: number): boolean {
    return (this.words[vector >> 5] & (1 << (vector & 31))) !== 0;
  }

  /** The largest member, -1 when empty. */
  highest(): number {
    for (let i = 7; i >= 0; i--) if (this.words[i] !== 0) return i * 32 + 31 - Math.clz32(this.words[i]);
    return -1;
  }
}

/** What the APIC is wired to. */
export interface LocalApicWires {
  /** Something that bears on INTR has changed. */
  update(): void;
  /** An EOI for a level-triggered vector goes to the I/O APICs. */
  broadcastEoi(vector: number): void;
  /** INIT to the only processor: it begins with the firmware, which starts the machine anew. */
  initialize(): void;
  pins: Pick<CpuPins, 'raiseNonMaskable'>;
}

export class LocalApic {
  private readonly wires: LocalApicWires;
  private readonly timer: ApicTimer;
  private readonly ticks: TickBacklog;
  private readonly inService = new VectorSet();
  private readonly trigger = new VectorSet();
  private readonly requests = new VectorSet();
  private id = 0;
  private taskPriority = 0;
  private logicalDestination = 0;
  private destinationFormat = 0xffff_ffff;
  private spurious = 0xff;
  private readonly icr = { low: 0, high: 0 };
  private errors = 0;
  private latchedErrors = 0;
  private readonly lvt: Record<number, number> = {};
  private readonly lint = [false, false];

  constructor(clock: Clock, wires: LocalApicWires) {
    this.wires = wires;
    const timerState = () => (this.isRequested(this.lvt[Register.LVT_TIMER] & 0xff) ? 'waiting' : 'taken');
    this.ticks = new TickBacklog(() => this.timerEvent(), timerState);
    this.timer = new ApicTimer(clock, (periods) => this.ticks.add(periods));
    for (const register of Object.keys(LVT_WRITABLE)) this.lvt[Number(register)] = LVT.MASKED;
  }

  /** What firmware leaves behind: software enabled, LINT0 carries the 8259, LINT1 carries NMI. */
  enterVirtualWireMode(): void {
    this.spurious = SVR.ENABLED | 0xff;
    this.lvt[Register.LVT_LINT0] = DeliveryMode.EXTINT << 8;
    this.lvt[Register.LVT_LINT1] = DeliveryMode.NMI << 8;
    this.wires.update();
  }

  private readonly banks = [
    [Register.ISR, this.inService],
    [Register.TMR, this.trigger],
    [Register.IRR, this.requests],
  ] as const;

  /** The single registers; without `set` a write is ignored. */
  private readonly registers: Record<number, { get: () => number; set?: (value: number) => void }> = {
    [Register.ID]: { get: () => (this.id << 24) >>> 0, set: (value) => (this.id = value >>> 24) },
    [Register.VERSION]: { get: () => VERSION },
    [Register.TPR]: {
      get: () => this.taskPriority,
      set: (value) => {
        this.taskPriority = value & 0xff;
        this.wires.update();
      },
    },
    [Register.APR]: { get: () => 0 },
    [Register.PPR]: { get: () => this.processorPriority() },
    [Register.EOI]: { get: () => 0, set: () => this.endOfInterrupt() },
    [Register.LDR]: {
      get: () => this.logicalDestination,
      set: (value) => (this.logicalDestination = (value & 0xff00_0000) >>> 0),
    },
    [Register.DFR]: {
      get: () => this.destinationFormat,
      set: (value) => (this.destinationFormat = (value | 0x0fff_ffff) >>> 0),
    },
    [Register.SVR]: { get: () => this.spurious, set: (value) => this.writeSpurious(value) },
    [Register.ESR]: {
      get: () => this.latchedErrors,
      set: () => {
        this.latchedErrors = this.errors;
        this.errors = 0;
      },
    },
    [Register.ICR_LOW]: {
      get: () => this.icr.low,
      set: (value) => {
        this.icr.low = value & ICR.WRITABLE;
        this.send();
      },
    },
    [Register.ICR_HIGH]: {
      get: () => this.icr.high,
      set: (value) => (this.icr.high = (value & 0xff00_0000) >>> 0),
    },
    [Register.TIMER_INITIAL]: {
      get: () => this.timer.initialCount,
      set: (value) => {
        this.ticks.clear();
        this.timer.initialCount = value;
      },
    },
    [Register.TIMER_CURRENT]: { get: () => this.timer.currentCount },
    [Register.TIMER_DIVIDE]: {
      get: () => this.timer.divideConfiguration,
      set: (value) => (this.timer.divideConfiguration = value),
    },
  };

  readonly handlers = {
    read32: (offset: number) => (offset & 15 ? 0 : this.read(offset)),
    write32: (offset: number, value: number) => {
      if (!(offset & 15)) this.write(offset, value);
    },
  } satisfies AccessHandlers;

  /** LINT0 is the 8259's output, LINT1 the board's NMI. */
  readonly setLint0: Line = (level) => this.setLint(0, Register.LVT_LINT0, level);
  readonly setLint1: Line = (level) => this.setLint(1, Register.LVT_LINT1, level);

  /** Whether the CPU hears the 8259 through LINT0. */
  get externalHeard(): boolean {
    return !this.isMasked(Register.LVT_LINT0) && this.lintMode === DeliveryMode.EXTINT;
  }

  /** Whether the 8259 interrupts the CPU through LINT0. */
  get externalPending(): boolean {
    return this.lint[0] && this.externalHeard;
  }

  /** Whether a vector waits to be acknowledged. */
  isRequested(vector: number): boolean {
    return this.requests.has(vector);
  }

  /** Whether a vector of its own may interrupt now. */
  get pending(): boolean {
    return this.requests.highest() >> 4 > this.processorPriority() >> 4;
  }

  /** Takes the most urgent vector into service; the spurious vector when the request was withdrawn. */
  acknowledge(): number {
    if (!this.pending) return this.spurious & 0xff;
    const vector = this.requests.highest();
    this.requests.clear(vector);
    this.inService.set(vector);
    this.ticks.offer();
    this.wires.update();
    return vector;
  }

  /** Takes a message if it is addressed to this APIC; false when it is not, or not accepted. */
  accept(message: InterruptMessage): boolean {
    return this.isDestination(message) && this.deliver(message.deliveryMode, message.vector, message.levelTriggered);
  }

  /** An event of the timer that does not come from its count. */
  timerEvent(): void {
    this.deliverLocal(Register.LVT_TIMER);
  }

  private get lintMode(): number {
    return (this.lvt[Register.LVT_LINT0] >> 8) & 7;
  }

  private get enabled(): boolean {
    return (this.spurious & SVR.ENABLED) !== 0;
  }

  private isMasked(register: number): boolean {
    return (this.lvt[register] & LVT.MASKED) !== 0;
  }

  private setLint(pin: number, register: number, level: boolean): void {
    const rising = level && !this.lint[pin];
    this.lint[pin] = level;
    if (rising) this.deliverLocal(register);
    this.wires.update();
  }

  private deliverLocal(register: number): void {
    const entry = this.lvt[register];
    if (entry & LVT.MASKED) return;
    const isTimerOrError = register === Register.LVT_TIMER || register === Register.LVT_ERROR;
    this.deliver(isTimerOrError ? DeliveryMode.FIXED : (entry >> 8) & 7, entry & 0xff, false);
  }

  private deliver(mode: number, vector: number, level: boolean): boolean {
    switch (mode) {
      case DeliveryMode.NMI:
        this.wires.pins.raiseNonMaskable();
        return true;
      case DeliveryMode.INIT:
        this.wires.initialize();
        return true;
      case DeliveryMode.FIXED:
      case DeliveryMode.LOWEST_PRIORITY:
        return this.request(vector, level);
      default:
        // SMI has no handler, start-up is for processors that wait for it; ExtINT is a level, not a message.
        return false;
    }
  }

  private request(vector: number, level: boolean): boolean {
    if (!this.enabled) return false;
    if (vector < 16) {
      this.error(ERROR.RECEIVE_ILLEGAL_VECTOR);
      return false;
    }
    this.requests.set(vector);
    if (level) this.trigger.set(vector);
    else this.trigger.clear(vector);
    this.wires.update();
    return true;
  }

  private isDestination({ destination, logical }: InterruptMessage): boolean {
    if (!logical) return destination === BROADCAST || destination === this.id;
    const own = this.logicalDestination >>> 24;
    if (this.destinationFormat >>> 28 === FLAT_MODEL) return (destination & own) !== 0;
    const sameCluster = destination >> 4 === 0xf || destination >> 4 === own >> 4;
    return sameCluster && (destination & own & 0xf) !== 0;
  }

  private processorPriority(): number {
    const served = this.inService.highest();
    const servedClass = served < 0 ? 0 : served & 0xf0;
    return this.taskPriority >> 4 >= servedClass >> 4 ? this.taskPriority : servedClass;
  }

  private read(register: number): number {
    const readable = this.registers[register]?.get;
    if (readable) return readable();
    if (register in this.lvt) return this.lvt[register];
    for (const [base, set] of this.banks) {
      if (register >= base && register < base + BANK_SIZE) return set.words[(register - base) >> 4];
    }
    this.error(ERROR.ILLEGAL_REGISTER);
    return 0;
  }

  private write(register: number, value: number): void {
    const description = this.registers[register];
    if (description) description.set?.(value);
    else if (register in this.lvt) this.writeLvt(register, value);
    else this.error(ERROR.ILLEGAL_REGISTER);
  }

  private writeLvt(register: number, value: number): void {
    this.lvt[register] = (value & LVT_WRITABLE[register]) | (this.enabled ? 0 : LVT.MASKED);
    if (register === Register.LVT_TIMER) {
      if (this.isMasked(register)) this.ticks.clear();
      this.timer.setMode((this.lvt[register] & LVT.PERIODIC) !== 0, this.isMasked(register));
    }
    this.wires.update();
  }

  private writeSpurious(value: number): void {
    this.spurious = value & SVR.WRITABLE;
    // Software disabling masks the whole local vector table; enabling leaves it as it is.
    if (!this.enabled)
      for (const register of Object.keys(this.lvt)) this.writeLvt(Number(register), this.lvt[Number(register)]);
    this.wires.update();
  }

  private endOfInterrupt(): void {
    const vector = this.inService.highest();
    if (vector < 0) return;
    this.inService.clear(vector);
    if (this.trigger.has(vector)) this.wires.broadcastEoi(vector);
    this.wires.update();
  }

  /** Sends an interprocessor interrupt; the only processor there is can only reach itself. */
  private send(): void {
    const { low, high } = this.icr;
    const shorthand = (low >> 18) & 3;
    const deliveryMode = (low >> 8) & 7;
    const vector = low & 0xff;
    const message = {
      vector,
      deliveryMode,
      levelTriggered: false,
      destination: high >>> 24,
      logical: (low & ICR.LOGICAL) !== 0,
    };
    const toSelf =
      shorthand === Shorthand.SELF ||
      shorthand === Shorthand.ALL ||
      (shorthand === Shorthand.DESTINATION && this.isDestination(message));
    // INIT with a level that goes down only synchronises arbitration. SDM vol. 3, 10.6.1.
    const goesDown = (low & (ICR.LEVEL_TRIGGERED | ICR.ASSERT)) === ICR.LEVEL_TRIGGERED;
    if (!toSelf || (deliveryMode === DeliveryMode.INIT && goesDown)) return;
    const isVector = deliveryMode === DeliveryMode.FIXED || deliveryMode === DeliveryMode.LOWEST_PRIORITY;
    if (isVector && vector < 16) this.error(ERROR.SEND_ILLEGAL_VECTOR);
    else this.deliver(deliveryMode, vector, false);
  }

  private error(bit: number): void {
    const isNew = (this.errors & bit) === 0;
    this.errors |= bit;
    if (isNew) this.deliverLocal(Register.LVT_ERROR);
  }
}

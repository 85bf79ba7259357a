/** The two cascaded 8259A interrupt controllers (Intel 8259A data sheet; edge/level registers as in the PIIX). */
import type { PortBus } from './bus.ts';
import type { Line } from './line.ts';
import type { TickState } from './tick-backlog.ts';

/** ICW1, OCW2 and OCW3 share the even port; bits 3 and 4 tell them apart. */
const ICW1 = { SELECT: 0x10, ICW4_NEEDED: 0x01, SINGLE: 0x02 };
const ICW4 = { AUTO_EOI: 0x02, SPECIAL_FULLY_NESTED: 0x10 };
const OCW2 = { EOI: 0x20, SPECIFIC: 0x40, ROTATE: 0x80 };
const OCW3 = { SELECT: 0x08, READ_ISR: 0x01, READ_REGISTER: 0x02, POLL: 0x04, MASK_VALUE: 0x20, MASK_ENABLE: 0x40 };
const SPURIOUS = 7;
const CASCADE = 2;

/** One 8259A. */
class Pic8259 {
  private readonly output: Line;
  private outputLevel = false;
  private lines = 0;
  private requests = 0;
  private inService = 0;
  /** All masked until a kernel initializes the chip, as firmware leaves it. */
  private mask = 0xff;
  /** Bit set: level triggered. */
  private levelTriggered = 0;
  private readonly levelCapable: number;
  private vectorBase = 0;
  private lowestPriority = 7;
  private autoEoi = false;
  private rotateOnAutoEoi = false;
  private specialMask = false;
  private specialFullyNested = false;
  private readInService = false;
  private poll = false;
  /** The initialization words still to come. */
  private expected: ((value: number) => void)[] = [];

  constructor(levelCapable: number, output: Line) {
    this.levelCapable = levelCapable;
    this.output = output;
  }

  get edgeLevel(): number {
    return this.levelTriggered;
  }

  set edgeLevel(value: number) {
    this.levelTriggered = value & this.levelCapable;
    this.requests |= this.lines & this.levelTriggered;
    this.update();
  }

  /** A pulse that INTA comes in time for: a request, whatever the level of the line. */
  pulse(input: number): void {
    this.requests |= 1 << input;
    this.update();
  }

  setLine(input: number, level: boolean): void {
    const bit = 1 << input;
    // A request lasts only while its input is high, in either mode; a rising edge makes one in both.
    if (!level) this.requests &= ~bit;
    else if (!(this.lines & bit)) this.requests |= bit;
    this.lines = level ? this.lines | bit : this.lines & ~bit;
    this.update();
  }

  /** What has become of the last edge on an input. */
  stateOf(input: number): TickState {
    const bit = 1 << input;
    if (this.mask & bit || this.expected.length > 0) return 'unheard';
    return this.requests & bit ? 'waiting' : 'taken';
  }

  /** INTA: the input now in service, and whether there really was one (else it is the spurious IR7). */
  acknowledge(): { input: number; spurious: boolean } {
    const input = this.pending();
    if (input < 0) return { input: SPURIOUS, spurious: true };
    const bit = 1 << input;
    if (!(this.levelTriggered & bit)) this.requests &= ~bit;
    if (!this.autoEoi) this.inService |= bit;
    else if (this.rotateOnAutoEoi) this.lowestPriority = input;
    // INT goes low during INTA, so that the master sees a new edge when another request waits behind this one.
    this.setOutput(false);
    this.update();
    return { input, spurious: false };
  }

  vector(input: number): number {
    return this.vectorBase | input;
  }

  readCommand(): number {
    if (this.poll) {
      this.poll = false;
      const { input, spurious } = this.acknowledge();
      return spurious ? 0 : 0x80 | input;
    }
    return this.readInService ? this.inService : this.requests;
  }

  readData(): number {
    return this.poll ? this.readCommand() : this.mask;
  }

  writeCommand(value: number): void {
    if (value & ICW1.SELECT) this.initialize(value);
    else if (value & OCW3.SELECT) this.writeOcw3(value);
    else this.writeOcw2(value);
    this.update();
  }

  writeData(value: number): void {
    const word = this.expected.shift();
    if (word) word(value);
    else this.mask = value;
    this.update();
  }

  private initialize(icw1: number): void {
    this.mask = 0;
    this.inService = 0;
    this.requests = this.lines & this.levelTriggered;
    this.lowestPriority = 7;
    this.specialMask = this.readInService = this.poll = false;
    this.autoEoi = this.rotateOnAutoEoi = this.specialFullyNested = false;
    this.expected = [
      (icw2) => {
        this.vectorBase = icw2 & 0xf8;
      },
    ];
    // The cascade wiring is fixed on this board: ICW3 is taken and ignored.
    if (!(icw1 & ICW1.SINGLE)) this.expected.push(() => {});
    if (icw1 & ICW1.ICW4_NEEDED) {
      this.expected.push((icw4) => {
        this.autoEoi = (icw4 & ICW4.AUTO_EOI) !== 0;
        this.specialFullyNested = (icw4 & ICW4.SPECIAL_FULLY_NESTED) !== 0;
      });
    }
  }

  private writeOcw2(value: number): void {
    const specific = (value & OCW2.SPECIFIC) !== 0;
    const rotate = (value & OCW2.ROTATE) !== 0;
    if (value & OCW2.EOI) {
      const input = specific ? value & 7 : this.mostUrgent(this.unmaskedInService());
      if (input < 0) return;
      this.inService &= ~(1 << input);
      if (rotate) this.lowestPriority = input;
    } else if (!specific) this.rotateOnAutoEoi = rotate;
    else if (rotate) this.lowestPriority = value & 7;
  }

  private writeOcw3(value: number): void {
    if (value & OCW3.MASK_ENABLE) this.specialMask = (value & OCW3.MASK_VALUE) !== 0;
    if (value & OCW3.POLL) this.poll = true;
    if (value & OCW3.READ_REGISTER) this.readInService = (value & OCW3.READ_ISR) !== 0;
  }

  /** In special mask mode a masked level in service holds nothing back. */
  private unmaskedInService(): number {
    return this.specialMask ? this.inService & ~this.mask : this.inService;
  }

  /** The input that INTA would choose, -1 when none may interrupt. */
  private pending(): number {
    const request = this.mostUrgent(this.requests & ~this.mask);
    if (request < 0) return -1;
    let blocking = this.unmaskedInService();
    if (this.specialFullyNested) blocking &= ~(1 << CASCADE);
    const served = this.mostUrgent(blocking);
    return served < 0 || this.rank(request) < this.rank(served) ? request : -1;
  }

  private mostUrgent(set: number): number {
    if (set === 0) return -1;
    for (let rank = 1; rank <= 8; rank++) {
      const input = (this.lowestPriority + rank) & 7;
      if (set & (1 << input)) return input;
    }
    return -1;
  }

  /** 0 is the most urgent. */
  private rank(input: number): number {
    return (input - this.lowestPriority - 1) & 7;
  }

  private update(): void {
    this.setOutput(this.expected.length === 0 && this.pending() >= 0);
  }

  private setOutput(level: boolean): void {
    if (level === this.outputLevel) return;
    this.outputLevel = level;
    this.output(level);
  }
}

const MASTER_PORT = 0x20;
const SLAVE_PORT = 0xa0;
const EDGE_LEVEL_PORT = 0x4d0;
/** IRQ 0, 1, 2, 8 and 13 are always edge triggered (82371SB, ELCR1 and ELCR2). */
const MASTER_LEVEL_CAPABLE = 0xf8;
const SLAVE_LEVEL_CAPABLE = 0xde;

/** Both controllers as a PC wires them. */
export class Pic {
  private readonly master: Pic8259;
  private readonly slave: Pic8259;

  /** `output` is the INT pin of the master. */
  constructor(output: Line) {
    this.master = new Pic8259(MASTER_LEVEL_CAPABLE, output);
    this.slave = new Pic8259(SLAVE_LEVEL_CAPABLE, (level) => this.master.setLine(CASCADE, level));
  }

  /** IRQ 0 … 15, without 2. */
  setLine(irq: number, level: boolean): void {
    if (irq < 8) this.master.setLine(irq, level);
    else this.slave.setLine(irq - 8, level);
  }

  /** A pulse on IRQ 0. */
  pulseTimer(): void {
    this.master.pulse(0);
  }

  /** What has become of the last edge on IRQ 0. */
  get timerState(): TickState {
    return this.master.stateOf(0);
  }

  /** INTA: the vector to deliver; IR7's when the request has gone away. */
  acknowledge(): number {
    const { input, spurious } = this.master.acknowledge();
    if (input !== CASCADE || spurious) return this.master.vector(input);
    return this.slave.vector(this.slave.acknowledge().input);
  }

  connect(ports: PortBus): void {
    for (const [port, pic] of [
      [MASTER_PORT, this.master],
      [SLAVE_PORT, this.slave],
    ] as const) {
      ports.map(port, 2, {
        read8: (offset) => (offset === 0 ? pic.readCommand() : pic.readData()),
        write8: (offset, value) => (offset === 0 ? pic.writeCommand(value) : pic.writeData(value)),
      });
    }
    const controllers = [this.master, this.slave];
    ports.map(EDGE_LEVEL_PORT, 2, {
      read8: (offset) => controllers[offset].edgeLevel,
      write8: (offset, value) => {
        controllers[offset].edgeLevel = value;
      },
    });
  }

  /** Makes an IRQ level triggered, as firmware does for those that PCI devices share. */
  setLevelTriggered(irq: number): void {
    if (irq < 8) this.master.edgeLevel |= 1 << irq;
    else this.slave.edgeLevel |= 1 << (irq - 8);
  }
}

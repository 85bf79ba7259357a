/** The I/O APIC (Intel 82093AA data sheet): 24 pins, each with a redirection entry. */
import type { AccessHandlers } from './bus.ts';
import type { InterruptMessage } from './local-apic.ts';

export const IO_APIC_BASE = 0xfec0_0000;
export const IO_APIC_SIZE = 0x1000;
export const IO_APIC_ID = 1;
const IO_APIC_PINS = 24;

/** Offsets in the memory window. */
const Window = { SELECT: 0x00, DATA: 0x10 };
/** Indices behind the window. */
const Register = { ID: 0x00, VERSION: 0x01, ARBITRATION: 0x02, REDIRECTION: 0x10 };
const VERSION = 0x11 | ((IO_APIC_PINS - 1) << 16);

/** Low word of a redirection entry. */
const ENTRY = { LOGICAL: 0x800, REMOTE_IRR: 0x4000, LEVEL: 0x8000, MASKED: 0x1_0000, WRITABLE: 0x1_afff };

export class IoApic {
  private readonly deliver: (message: InterruptMessage) => boolean;
  private readonly low = new Uint32Array(IO_APIC_PINS).fill(ENTRY.MASKED);
  private readonly high = new Uint32Array(IO_APIC_PINS);
  private lines = 0;
  private select = 0;
  private id = IO_APIC_ID;

  /** `deliver` tells whether somebody took the message. */
  constructor(deliver: (message: InterruptMessage) => boolean) {
    this.deliver = deliver;
  }

  readonly handlers: AccessHandlers = {
    read32: (offset) => {
      if (offset === Window.SELECT) return this.select;
      return offset === Window.DATA ? this.read(this.select) : 0;
    },
    write32: (offset, value) => {
      if (offset === Window.SELECT) this.select = value & 0xff;
      else if (offset === Window.DATA) this.write(this.select, value);
    },
  };

  setLine(pin: number, level: boolean): void {
    const bit = 1 << pin;
    const rising = level && !(this.lines & bit);
    this.lines = level ? this.lines | bit : this.lines & ~bit;
    if (this.low[pin] & ENTRY.LEVEL) this.serveLevel(pin);
    // An edge on a masked pin is lost (82093AA, 3.2.4).
    else if (rising && !(this.low[pin] & ENTRY.MASKED)) this.send(pin);
  }

  /** A pulse on a pin that is edge triggered, whatever the level of its line. */
  pulse(pin: number): void {
    if (!(this.low[pin] & (ENTRY.LEVEL | ENTRY.MASKED))) this.send(pin);
  }

  /** The vector that an edge on a pin becomes; undefined while it is masked. */
  vector(pin: number): number | undefined {
    return this.low[pin] & ENTRY.MASKED ? undefined : this.low[pin] & 0xff;
  }

  /** The local APIC has finished with a level-triggered vector. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < IO_APIC_PINS; pin++) {
      const entry = this.low[pin];
      if ((entry & 0xff) !== vector || !(entry & ENTRY.LEVEL)) continue;
      this.low[pin] &= ~ENTRY.REMOTE_IRR;
      this.serveLevel(pin);
    }
  }

  private read(index: number): number {
    if (index === Register.ID || index === Register.ARBITRATION) return this.id << 24;
    if (index === Register.VERSION) return VERSION;
    const pin = (index - Register.REDIRECTION) >> 1;
    if (pin < 0 || pin >= IO_APIC_PINS) return 0;
    return index & 1 ? this.high[pin] : this.low[pin];
  }

  private write(index: number, value: number): void {
    if (index === Register.ID) this.id = (value >>> 24) & 0xf;
    const pin = (index - Register.REDIRECTION) >> 1;
    if (pin < 0 || pin >= IO_APIC_PINS) return;
    if (index & 1) {
      this.high[pin] = value & 0xff00_0000;
      return;
    }
    // Remote IRR is read-only, and has no meaning for an edge-triggered pin: making one so clears it.
    const remote = value & ENTRY.LEVEL ? this.low[pin] & ENTRY.REMOTE_IRR : 0;
    this.low[pin] = (value & ENTRY.WRITABLE) | remote;
    this.serveLevel(pin);
  }

  private serveLevel(pin: number): void {
    const entry = this.low[pin];
    const asserted = (this.lines & (1 << pin)) !== 0;
    if (!asserted || !(entry & ENTRY.LEVEL) || entry & (ENTRY.MASKED | ENTRY.REMOTE_IRR)) return;
    if (this.send(pin)) this.low[pin] |= ENTRY.REMOTE_IRR;
  }

  private send(pin: number): boolean {
    const entry = this.low[pin];
    return this.deliver({
      vector: entry & 0xff,
      deliveryMode: (entry >> 8) & 7,
      levelTriggered: (entry & ENTRY.LEVEL) !== 0,
      destination: this.high[pin] >>> 24,
      logical: (entry & ENTRY.LOGICAL) !== 0,
    });
  }
}

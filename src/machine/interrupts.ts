/** How the interrupt controllers are wired to each other, to the devices and to the CPU. */
import type { CpuPins } from '../../runtime/board.ts';
import type { MemoryBus, PortBus, Unmap } from './bus.ts';
import type { Clock } from './clock.ts';
import { IO_APIC_BASE, IO_APIC_SIZE, IoApic } from './io-apic.ts';
import { type Line, SharedLine } from './line.ts';
import { LOCAL_APIC_BASE, LOCAL_APIC_SIZE, LocalApic } from './local-apic.ts';
import { Pic } from './pic.ts';
import type { TickState } from './tick-backlog.ts';

/** The ISA timer interrupt arrives at another I/O APIC pin than its number; ACPI tells the guest so. */
export const TIMER_IO_APIC_PIN = 2;
const ISA_IRQS = 16;

/** IA32_APIC_BASE (Intel SDM vol. 4). */
const APIC_BASE = { BOOTSTRAP: 0x100, ENABLED: 0x800, ADDRESS: 0xffff_f000 };

export class Interrupts {
  private readonly pins: CpuPins;
  private readonly memory: MemoryBus;
  private readonly isa: SharedLine[];
  readonly pic: Pic;
  readonly localApic: LocalApic;
  readonly ioApic: IoApic;
  private picOutput = false;
  private requested = false;
  private base = (LOCAL_APIC_BASE | APIC_BASE.BOOTSTRAP | APIC_BASE.ENABLED) >>> 0;
  private unmapLocalApic: Unmap;

  /** `onReset`: the processor has sent itself INIT. */
  constructor(clock: Clock, pins: CpuPins, ports: PortBus, memory: MemoryBus, onReset: () => void) {
    this.pins = pins;
    this.memory = memory;
    this.pic = new Pic((level) => this.picChanged(level));
    this.localApic = new LocalApic(clock, {
      update: () => this.update(),
      broadcastEoi: (vector) => this.ioApic.endOfInterrupt(vector),
      initialize: onReset,
      pins,
    });
    this.ioApic = new IoApic((message) => this.apicEnabled && this.localApic.accept(message));
    this.isa = Array.from({ length: ISA_IRQS }, (_, irq) => new SharedLine((level) => this.setIsa(irq, level)));
    this.pic.connect(ports);
    memory.map(IO_APIC_BASE, IO_APIC_SIZE, this.ioApic.handlers);
    this.unmapLocalApic = memory.map(LOCAL_APIC_BASE, LOCAL_APIC_SIZE, this.localApic.handlers);
    this.localApic.enterVirtualWireMode();
    pins.setInterruptRequest(false);
  }

  /** A new source on an ISA interrupt line, 0 … 15. It reaches both kinds of controller. */
  line(irq: number): Line {
    return this.isa[irq].source();
  }

  /** The low word of the MSR IA32_APIC_BASE. */
  get apicBase(): number {
    return this.base;
  }

  set apicBase(value: number) {
    this.base = (value & (APIC_BASE.ADDRESS | APIC_BASE.ENABLED | APIC_BASE.BOOTSTRAP)) >>> 0;
    this.unmapLocalApic();
    this.unmapLocalApic = this.apicEnabled
      ? this.memory.map((this.base & APIC_BASE.ADDRESS) >>> 0, LOCAL_APIC_SIZE, this.localApic.handlers)
      : () => {};
    if (this.apicEnabled) this.localApic.setLint0(this.picOutput);
    this.update();
  }

  /** One edge on the timer's line, IRQ 0, whatever the timer makes of it. */
  pulseTimer(): void {
    this.pic.pulseTimer();
    this.ioApic.pulse(TIMER_IO_APIC_PIN);
  }

  /** What has become of the last edge on IRQ 0. */
  get timerState(): TickState {
    const vector = this.apicEnabled ? this.ioApic.vector(TIMER_IO_APIC_PIN) : undefined;
    if (vector !== undefined) return this.localApic.isRequested(vector) ? 'waiting' : 'taken';
    if (this.apicEnabled && !this.localApic.externalHeard) return 'unheard';
    return this.pic.timerState;
  }

  /** INTA: see Board. */
  acknowledge(): number {
    if (this.apicEnabled && this.localApic.pending) return this.localApic.acknowledge();
    return this.externalRequest ? this.pic.acknowledge() : -1;
  }

  private get apicEnabled(): boolean {
    return (this.base & APIC_BASE.ENABLED) !== 0;
  }

  private get externalRequest(): boolean {
    return this.apicEnabled ? this.localApic.externalPending : this.picOutput;
  }

  private setIsa(irq: number, level: boolean): void {
    this.pic.setLine(irq, level);
    // Pin 2 is the timer's; the cascade has no line of its own, and pin 0 stays unconnected.
    if (irq !== TIMER_IO_APIC_PIN) this.ioApic.setLine(irq === 0 ? TIMER_IO_APIC_PIN : irq, level);
  }

  private picChanged(level: boolean): void {
    this.picOutput = level;
    if (this.apicEnabled) this.localApic.setLint0(level);
    this.update();
  }

  /** Recomputes INTR. */
  private update(): void {
    const request = this.externalRequest || (this.apicEnabled && this.localApic.pending);
    if (request === this.requested) return;
    this.requested = request;
    this.pins.setInterruptRequest(request);
  }
}

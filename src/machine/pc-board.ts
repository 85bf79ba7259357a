/** The PC's board: makes the devices and wires them together. A reset of the machine is a new board on the same clock. */
import type { AccessSize, Board, CpuPins, PhysicalMemory } from '../../runtime/board.ts';
import type { HypervisorBoard } from '../hypervisor/board.ts';
import { SCI_IRQ } from './acpi.ts';
import { MemoryBus, PortBus } from './bus.ts';
import type { ByteQueue } from './byte-queue.ts';
import { connectChipset, IDE_FUNCTION, InterruptRouter, PIRQ_ROUTES, pirqOf, Slot } from './chipset.ts';
import type { MachineClock } from './clock.ts';
import { Cmos } from './cmos.ts';
import { CoprocessorError } from './coprocessor-error.ts';
import type { BlockMedium } from './disk-image.ts';
import { writeFirmwareData } from './firmware.ts';
import { ideController } from './ide/controller.ts';
import { Interrupts } from './interrupts.ts';
import { KeyboardController } from './keyboard-controller.ts';
import { OutputBuffer } from './output-buffer.ts';
import { PciBus } from './pci.ts';
import { Pit } from './pit.ts';
import { PowerManagement } from './pm.ts';
import { connectPort61 } from './port61.ts';
import { Address20Gate, connectPort92 } from './port92.ts';
import { Uart } from './uart.ts';
import { VirtioBlock } from './virtio/block.ts';
import { VirtioConsole } from './virtio/console.ts';
import type { VirtioDevice } from './virtio/device.ts';
import { virtioFunction } from './virtio/pci.ts';

/** Interrupt lines and ports of the ISA devices. */
const Irq = { TIMER: 0, KEYBOARD: 1, COM1: 4, RTC: 8, COPROCESSOR: 13 };
const COM1_PORT = 0x3f8;
/** Where firmware puts the BARs of slot 0; those of the next follow. */
const IO_BARS = { BASE: 0xc000, STEP: 0x40 };
const MEMORY_BARS = { BASE: 0xfe00_0000, STEP: 0x4000 };

const NS_PER_MS = 1_000_000n;

/** The host's end of a console. */
export interface ConsoleEnd {
  /** What the guest will read. */
  input: ByteQueue;
  /** Gets what the guest writes, in arrays it may keep. */
  output: (bytes: Uint8Array) => void;
}

export interface PcBoardOptions {
  clock: MachineClock;
  /** Date at power on in ms since 1970, UTC. */
  date: number;
  /** In slot order; the serial number is `vda`, `vdb`, … */
  disks: readonly BlockMedium[];
  /** On the PIIX3, which is there only with a disk. */
  ideDisks?: readonly BlockMedium[];
  /** COM1. */
  serial: ConsoleEnd;
  /** The virtio console, absent when undefined. */
  console?: ConsoleEnd;
  /** The guest has switched the machine off. */
  onPowerOff: () => void;
  /** The guest wants a reset: keyboard controller, port 92h, CF9h, or INIT from the APIC to itself. The access that asked for it still ends. */
  onReset: () => void;
}

export class PcBoard implements Board {
  readonly clock: MachineClock;
  readonly ports = new PortBus();
  readonly mmio = new MemoryBus();
  private readonly interrupts: Interrupts;
  private readonly pit: Pit;
  private readonly serialOutput: OutputBuffer;
  private readonly coprocessor: CoprocessorError;
  private readonly date: number;
  private readonly onReset: () => void;

  /**
   * Puts the board around a CPU and its memory, and writes into memory what firmware would.
   * @throws RangeError with more disks than slots or IDE places
   */
  constructor(options: PcBoardOptions, pins: CpuPins, memory: PhysicalMemory) {
    const { clock, date, serial, onPowerOff, onReset } = options;
    const { ports, mmio } = this;
    this.clock = clock;
    this.date = date;
    this.onReset = onReset;
    clock.clear();
    this.interrupts = new Interrupts(clock, pins, ports, mmio, onReset);
    const line = (irq: number) => this.interrupts.line(irq);

    this.pit = new Pit(clock, line(Irq.TIMER), () => this.interrupts.timerState);
    this.pit.connect(ports);
    connectPort61(ports, clock, this.pit.channels[2]);
    new Cmos(clock, line(Irq.RTC), { memory: memory.size, date }).connect(ports);
    new PowerManagement(clock, line(SCI_IRQ), onPowerOff).connect(ports);

    this.coprocessor = new CoprocessorError(line(Irq.COPROCESSOR), pins);
    this.coprocessor.connect(ports);

    const gate = new Address20Gate(pins);
    connectPort92(ports, gate, onReset);
    new KeyboardController(line(Irq.KEYBOARD), gate, onReset).connect(ports);

    this.serialOutput = new OutputBuffer(serial.output);
    new Uart(clock, line(Irq.COM1), serial.input, (byte) => this.serialOutput.push(byte)).connect(ports, COM1_PORT);

    this.connectPci(options, memory);
    writeFirmwareData(memory, COM1_PORT);
  }

  portRead(port: number, size: AccessSize): number {
    return this.ports.read(port, size);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    this.ports.write(port, size, value);
  }

  mmioRead(address: number, size: AccessSize): number {
    return this.mmio.read(address, size);
  }

  mmioWrite(address: number, size: AccessSize, value: number): void {
    this.mmio.write(address, size, value);
  }

  acknowledgeInterrupt(): number {
    const vector = this.interrupts.acknowledge();
    this.pit.acknowledged();
    return vector;
  }

  floatingPointError(asserted: boolean): void {
    this.coprocessor.setError(asserted);
  }

  timestamp(): number {
    return Math.floor(this.clock.now());
  }

  get apicBase(): number {
    return this.interrupts.apicBase;
  }

  set apicBase(value: number) {
    this.interrupts.apicBase = value;
  }

  /** What a hypervisor between this board and the CPU needs of it. */
  forHypervisor(): HypervisorBoard {
    const { clock, interrupts } = this;
    const { read32, write32 } = interrupts.localApic.handlers;
    return {
      clock,
      epoch: BigInt(Math.floor(this.date)) * NS_PER_MS - BigInt(Math.floor(clock.now())),
      portRead: (port, size) => this.portRead(port, size),
      portWrite: (port, size, value) => this.portWrite(port, size, value),
      apicRead: (offset) => read32(offset),
      apicWrite: (offset, value) => write32(offset, value),
      timerEdge: () => interrupts.pulseTimer(),
      apicTimer: () => interrupts.localApic.timerEvent(),
      reset: this.onReset,
    };
  }

  /** Hands on what the guest has written to the serial port; for the run loop, between two slices. */
  flushOutput(): void {
    this.serialOutput.flush();
  }

  private connectPci(options: PcBoardOptions, memory: PhysicalMemory): void {
    const { disks, ideDisks = [], console, onReset } = options;
    const pci = new PciBus(this.ports, onReset);
    const spaces = { io: this.ports, memory: this.mmio };
    const router = new InterruptRouter((irq) => this.interrupts.line(irq));
    for (const irq of new Set(PIRQ_ROUTES)) this.interrupts.pic.setLevelTriggered(irq);
    connectChipset(pci, spaces, router);
    if (ideDisks.length > 0) {
      const busMasterPorts = IO_BARS.BASE + Slot.ISA_BRIDGE * IO_BARS.STEP;
      const line = (irq: number) => this.interrupts.line(irq);
      pci.add(Slot.ISA_BRIDGE, IDE_FUNCTION, ideController(ideDisks, { memory, spaces, line, busMasterPorts }));
    }

    const devices: VirtioDevice[] = disks.map((disk, i) => new VirtioBlock(disk, `vd${String.fromCharCode(97 + i)}`));
    if (console) devices.push(new VirtioConsole(console.input, console.output));
    if (devices.length > Slot.COUNT - Slot.FIRST_FREE) throw new RangeError('more devices than PCI slots');
    devices.forEach((device, i) => {
      const slot = Slot.FIRST_FREE + i;
      const placement = {
        io: IO_BARS.BASE + slot * IO_BARS.STEP,
        memory: MEMORY_BARS.BASE + slot * MEMORY_BARS.STEP,
        irq: PIRQ_ROUTES[pirqOf(slot, 0)],
      };
      const pciFunction = virtioFunction(device, memory, this.clock, spaces, placement);
      pciFunction.connectPin(router.line(slot, 0));
      pci.add(slot, 0, pciFunction);
    });
  }
}

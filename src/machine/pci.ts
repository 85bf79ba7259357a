/** PCI: configuration mechanism #1, and functions whose registers are data (PCI Local Bus Specification 2.3). */
import type { AccessHandlers, AddressSpace, PortBus, Unmap } from './bus.ts';

const CONFIG_ADDRESS_PORT = 0xcf8;
const CONFIG_DATA_PORT = 0xcfc;
const CONFIG_ENABLE = 0x8000_0000;
/** RC, the reset control register of the PIIX, sits in the middle of the address register. */
const RESET_CONTROL = { OFFSET: 1, RESET_CPU: 0x04, WRITABLE: 0x06 };

/** Offsets of a type 0 header. */
export const Config = {
  VENDOR: 0x00,
  DEVICE: 0x02,
  COMMAND: 0x04,
  STATUS: 0x06,
  REVISION: 0x08,
  PROGRAMMING_INTERFACE: 0x09,
  SUBCLASS: 0x0a,
  CLASS: 0x0b,
  HEADER_TYPE: 0x0e,
  BAR: 0x10,
  SUBSYSTEM_VENDOR: 0x2c,
  SUBSYSTEM: 0x2e,
  CAPABILITIES: 0x34,
  INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d,
};
const CONFIG_SIZE = 256;
const HEADER_SIZE = 0x40;
const COMMAND = { IO: 0x01, MEMORY: 0x02, MASTER: 0x04, INTERRUPT_DISABLE: 0x400 };
const STATUS = { INTERRUPT: 0x08, CAPABILITIES: 0x10 };
const MULTIFUNCTION = 0x80;
const BAR_IO = 0x01;

export interface BarDescription {
  /** 0 … 5 */
  index: number;
  space: 'io' | 'memory';
  /** Bytes, a power of two. */
  size: number;
  /** Where firmware puts it. */
  base: number;
  handlers: AccessHandlers;
}

export interface PciCapability {
  id: number;
  /** What follows the identifier and the link. */
  body: number[];
  /** Which bits of the body the guest may write. */
  writable?: number[];
}

export interface PciDescription {
  vendor: number;
  device: number;
  revision?: number;
  /** Base class, subclass and programming interface, as in 0x060000. */
  classCode: number;
  multifunction?: boolean;
  subsystemVendor?: number;
  subsystem?: number;
  /** 1 … 4 for INTA# … INTD#; absent when it interrupts nobody. */
  interruptPin?: number;
  /** The IRQ that firmware writes into the interrupt line register. */
  interruptLine?: number;
  bars?: BarDescription[];
  capabilities?: PciCapability[];
  /** Further registers: offset, bytes at power on, and which bits of each the guest may write. */
  registers?: { offset: number; bytes: number[]; writable?: number[] }[];
}

/** The two address spaces that BARs may claim. */
export interface PciSpaces {
  io: AddressSpace;
  memory: AddressSpace;
}

/** One function: 256 bytes, a mask of what may be written, and the claims its BARs make. */
export class PciFunction {
  readonly config = new Uint8Array(CONFIG_SIZE);
  private readonly writable = new Uint8Array(CONFIG_SIZE);
  private readonly spaces: PciSpaces;
  private readonly bars: (BarDescription & { unmap: Unmap | undefined })[];
  private readonly view = new DataView(this.config.buffer);
  /** Called after a configuration write that touched these bytes. */
  onWrite: (offset: number, length: number) => void = () => {};
  /** Called before a configuration read, to bring the bytes up to date. */
  onRead: (offset: number, length: number) => void = () => {};
  private pinLevel = false;
  private setPin: (level: boolean) => void = () => {};

  constructor(description: PciDescription, spaces: PciSpaces) {
    this.spaces = spaces;
    this.bars = (description.bars ?? []).map((bar) => ({ ...bar, unmap: undefined }));
    this.writeHeader(description);
    for (const { offset, bytes, writable = [] } of description.registers ?? []) {
      this.config.set(bytes, offset);
      this.writable.set(writable, offset);
    }
    this.writeCapabilities(description.capabilities ?? []);
    this.remap();
  }

  /** Where INTx# leads, decided by the slot. */
  connectPin(setPin: (level: boolean) => void): void {
    this.setPin = setPin;
  }

  /** Asserts or releases INTx#. */
  setInterrupt(level: boolean): void {
    this.pinLevel = level;
    this.drivePin();
  }

  /** Little-endian, wholly inside the 256 bytes. */
  read(offset: number, length: number): number {
    this.onRead(offset, length);
    let value = 0;
    for (let i = 0; i < length; i++) value |= this.config[offset + i] << (8 * i);
    return value >>> 0;
  }

  write(offset: number, length: number, value: number): void {
    for (let i = offset; i < offset + length; i++, value >>>= 8) {
      this.config[i] = (this.config[i] & ~this.writable[i]) | (value & this.writable[i]);
    }
    if (offset < HEADER_SIZE) {
      this.drivePin();
      this.remap();
    }
    this.onWrite(offset, length);
  }

  private get command(): number {
    return this.view.getUint16(Config.COMMAND, true);
  }

  private writeHeader(d: PciDescription): void {
    const { view, writable } = this;
    view.setUint16(Config.VENDOR, d.vendor, true);
    view.setUint16(Config.DEVICE, d.device, true);
    view.setUint32(Config.REVISION, ((d.classCode << 8) | (d.revision ?? 0)) >>> 0, true);
    view.setUint8(Config.HEADER_TYPE, d.multifunction ? MULTIFUNCTION : 0);
    view.setUint16(Config.SUBSYSTEM_VENDOR, d.subsystemVendor ?? 0, true);
    view.setUint16(Config.SUBSYSTEM, d.subsystem ?? 0, true);
    view.setUint8(Config.INTERRUPT_PIN, d.interruptPin ?? 0);
    view.setUint8(Config.INTERRUPT_LINE, d.interruptLine ?? 0);
    writable[Config.INTERRUPT_LINE] = 0xff;
    let command = COMMAND.MASTER | COMMAND.INTERRUPT_DISABLE;
    for (const bar of this.bars) {
      const offset = Config.BAR + 4 * bar.index;
      view.setUint32(offset, bar.base | (bar.space === 'io' ? BAR_IO : 0), true);
      new DataView(writable.buffer).setUint32(offset, -bar.size >>> 0, true);
      command |= bar.space === 'io' ? COMMAND.IO : COMMAND.MEMORY;
    }
    new DataView(writable.buffer).setUint16(Config.COMMAND, command, true);
    // Firmware leaves the devices decoding.
    view.setUint16(Config.COMMAND, command & (COMMAND.IO | COMMAND.MEMORY), true);
  }

  private writeCapabilities(capabilities: PciCapability[]): void {
    let link = Config.CAPABILITIES;
    let offset = HEADER_SIZE;
    for (const { id, body, writable = [] } of capabilities) {
      this.config[link] = offset;
      this.config.set([id, 0, ...body], offset);
      this.writable.set(writable, offset + 2);
      link = offset + 1;
      offset = (offset + body.length + 2 + 3) & ~3;
    }
    if (capabilities.length > 0) this.config[Config.STATUS] |= STATUS.CAPABILITIES;
  }

  /** Makes the claims agree with the BARs and the command register. */
  private remap(): void {
    for (const bar of this.bars) {
      bar.unmap?.();
      bar.unmap = undefined;
      const isIo = bar.space === 'io';
      if (!(this.command & (isIo ? COMMAND.IO : COMMAND.MEMORY))) continue;
      const base = (this.view.getUint32(Config.BAR + 4 * bar.index, true) & -bar.size) >>> 0;
      const limit = isIo ? 0x1_0000 : 0x1_0000_0000;
      // All ones is a size probe, 0 is "not assigned": neither is an address to answer at.
      if (base === 0 || base + bar.size >= limit) continue;
      bar.unmap = this.spaces[bar.space].map(base, bar.size, bar.handlers);
    }
  }

  private drivePin(): void {
    if (this.pinLevel) this.config[Config.STATUS] |= STATUS.INTERRUPT;
    else this.config[Config.STATUS] &= ~STATUS.INTERRUPT;
    this.setPin(this.pinLevel && !(this.command & COMMAND.INTERRUPT_DISABLE));
  }
}

/** Bus 0, and the ports through which its configuration is reached. */
export class PciBus {
  private readonly functions = new Map<number, PciFunction>();
  private address = 0;
  private resetControl = 0;
  private readonly reset: () => void;

  /** `reset` is what the reset control register at port CF9h triggers. */
  constructor(ports: PortBus, reset: () => void) {
    this.reset = reset;
    ports.map(CONFIG_ADDRESS_PORT, 4, {
      read32: () => this.address,
      read8: (offset) => (offset === RESET_CONTROL.OFFSET ? this.resetControl : 0xff),
      write32: (_offset, value) => {
        this.address = (value & 0x80ff_fffc) >>> 0;
      },
      write8: (offset, value) => {
        if (offset === RESET_CONTROL.OFFSET) this.writeResetControl(value);
      },
      write16: () => {},
    });
    ports.map(CONFIG_DATA_PORT, 4, {
      read8: (offset) => this.read(offset, 1),
      read16: (offset) => this.read(offset, 2),
      read32: (offset) => this.read(offset, 4),
      write8: (offset, value) => this.write(offset, 1, value),
      write16: (offset, value) => this.write(offset, 2, value),
      write32: (offset, value) => this.write(offset, 4, value),
    });
  }

  add(slot: number, number: number, pciFunction: PciFunction): void {
    this.functions.set((slot << 3) | number, pciFunction);
  }

  private selected(): PciFunction | undefined {
    if (!(this.address & CONFIG_ENABLE) || (this.address >> 16) & 0xff) return undefined;
    return this.functions.get((this.address >> 8) & 0xff);
  }

  /** The bus never passes an access that leaves the data port, so it stays inside one register. */
  private read(offset: number, length: number): number {
    return this.selected()?.read((this.address & 0xfc) + offset, length) ?? 0xffff_ffff;
  }

  private write(offset: number, length: number, value: number): void {
    this.selected()?.write((this.address & 0xfc) + offset, length, value);
  }

  private writeResetControl(value: number): void {
    const rising = value & ~this.resetControl & RESET_CONTROL.RESET_CPU;
    this.resetControl = value & RESET_CONTROL.WRITABLE;
    if (rising) this.reset();
  }
}

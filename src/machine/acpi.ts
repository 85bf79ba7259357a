/** The ACPI tables (ACPI specification, ch. 5): what firmware would leave in memory, built by code. */
import { device, eisaId, integer, name, packageOf, resource, resourceTemplate, scope } from './aml.ts';
import { PIRQ_ROUTES, pirqOf, Slot } from './chipset.ts';
import { TIMER_IO_APIC_PIN } from './interrupts.ts';
import { IO_APIC_BASE, IO_APIC_ID } from './io-apic.ts';
import { LOCAL_APIC_BASE } from './local-apic.ts';
import { OPTION_ROM_BASE, PCI_WINDOW_BASE, PCI_WINDOW_END, VIDEO_HOLE_BASE } from './memory-map.ts';
import { PM_BASE, PmRegister, SMI_COMMAND, SOFT_OFF_TYPE } from './pm.ts';

/** The system control interrupt. */
export const SCI_IRQ = 9;

/** Little-endian fields appended one after the other. */
class Fields {
  readonly bytes: number[] = [];

  u8(...values: number[]): this {
    this.bytes.push(...values.map((value) => value & 0xff));
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.u8(value, value >> 8);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.u16(value, value >>> 16);
    return this;
  }

  u64(value: number): this {
    return this.u32(value, Math.floor(value / 2 ** 32));
  }

  text(value: string, length: number): this {
    return this.u8(...[...value.padEnd(length, ' ').slice(0, length)].map((character) => character.charCodeAt(0)));
  }

  zeros(count: number): this {
    return this.u8(...new Array(count).fill(0));
  }

  /** A generic address structure for an I/O port register, `bits` wide. */
  portRegister(port: number, bits: number): this {
    return this.u8(port === 0 ? 0 : 1, port === 0 ? 0 : bits, 0, 0).u64(port);
  }
}

const HEADER = { LENGTH: 36, CHECKSUM: 9 };
const OEM = 'VMI86';

/** The value that makes the bytes add up to 0 modulo 256. */
function checksum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i];
  return -sum & 0xff;
}

function table(signature: string, revision: number, body: number[]): Uint8Array {
  const fields = new Fields()
    .text(signature, 4)
    .u32(HEADER.LENGTH + body.length)
    .u8(revision, 0)
    .text(OEM, 6)
    .text(OEM, 8)
    .u32(1)
    .text(OEM, 4)
    .u32(1);
  const bytes = Uint8Array.from([...fields.bytes, ...body]);
  bytes[HEADER.CHECKSUM] = checksum(bytes);
  return bytes;
}

const FADT = {
  REVISION: 3,
  DESKTOP: 1,
  /** No C2 and no C3. */
  LATENCY_NONE: 0xffff,
  CENTURY_REGISTER: 0x32,
  /** Legacy devices, no VGA, no MSI. Bit 1 stays clear: nobody types on the 8042's keyboard, so probing is in vain. */
  BOOT_ARCHITECTURE: 0x0001 | 0x0004 | 0x0008,
  /** WBINVD works, C1 exists, no fixed power or sleep button, no RTC wake-up, the reset register exists. */
  FLAGS: 0x0001 | 0x0004 | 0x0010 | 0x0020 | 0x0040 | 0x0400,
  RESET_PORT: 0xcf9,
  RESET_VALUE: 0x06,
};

function fadt(facs: number, dsdt: number): Uint8Array {
  const event = PM_BASE + PmRegister.STATUS;
  const control = PM_BASE + PmRegister.CONTROL;
  const timer = PM_BASE + PmRegister.TIMER;
  const fields = new Fields()
    .u32(facs, dsdt)
    .u8(0, FADT.DESKTOP)
    .u16(SCI_IRQ)
    .u32(SMI_COMMAND.PORT)
    .u8(SMI_COMMAND.ENABLE, SMI_COMMAND.DISABLE, 0, 0)
    .u32(event, 0, control, 0, 0, timer, 0, 0) // PM1a and b events, PM1a and b controls, PM2, timer, GPE0, GPE1
    .u8(4, 2, 0, 4, 0, 0, 0, 0) // their lengths, GPE1 base, C-state notification
    .u16(FADT.LATENCY_NONE, FADT.LATENCY_NONE, 0, 0) // C2, C3, flush size and stride
    .u8(0, 0, 0, 0, FADT.CENTURY_REGISTER) // duty offset and width, alarm day and month
    .u16(FADT.BOOT_ARCHITECTURE)
    .u8(0)
    .u32(FADT.FLAGS)
    .portRegister(FADT.RESET_PORT, 8)
    .u8(FADT.RESET_VALUE, 0, 0, 0)
    .u64(facs)
    .u64(dsdt)
    .portRegister(event, 32)
    .portRegister(0, 0)
    .portRegister(control, 16)
    .portRegister(0, 0)
    .portRegister(0, 0)
    .portRegister(timer, 32)
    .portRegister(0, 0)
    .portRegister(0, 0);
  return table('FACP', FADT.REVISION, fields.bytes);
}

const FACS_LENGTH = 64;
function facs(): Uint8Array {
  const fields = new Fields().text('FACS', 4).u32(FACS_LENGTH);
  return Uint8Array.from(fields.zeros(FACS_LENGTH - fields.bytes.length).bytes);
}

const MADT = { PCAT_COMPATIBLE: 1, PROCESSOR_ENABLED: 1, ALL_PROCESSORS: 0xff, NMI_PIN: 1 };
/** Flags of an interrupt source: as the bus has it; active high and level triggered. */
const Source = { CONFORMING: 0x0, ACTIVE_HIGH_LEVEL: 0xd };

function madt(): Uint8Array {
  const override = (fields: Fields, irq: number, pin: number, flags: number) =>
    fields.u8(2, 10, 0, irq).u32(pin).u16(flags);
  const fields = new Fields().u32(LOCAL_APIC_BASE, MADT.PCAT_COMPATIBLE);
  fields.u8(0, 8, 0, 0).u32(MADT.PROCESSOR_ENABLED);
  fields.u8(1, 12, IO_APIC_ID, 0).u32(IO_APIC_BASE, 0);
  override(fields, 0, TIMER_IO_APIC_PIN, Source.CONFORMING);
  override(fields, SCI_IRQ, SCI_IRQ, Source.ACTIVE_HIGH_LEVEL);
  fields.u8(4, 6, MADT.ALL_PROCESSORS).u16(Source.CONFORMING).u8(MADT.NMI_PIN);
  return table('APIC', 1, fields.bytes);
}

/** _PRT: where each pin of each slot interrupts. The routes are fixed, so there are no link devices. */
function routingTable(): number[] {
  const entries = [];
  for (let slot = Slot.FIRST_FREE; slot < Slot.COUNT; slot++) {
    for (let pin = 0; pin < 4; pin++) {
      const address = slot * 0x1_0000 + 0xffff;
      const irq = PIRQ_ROUTES[pirqOf(slot, pin)];
      entries.push(packageOf(integer(address), integer(pin), integer(0), integer(irq)));
    }
  }
  return packageOf(...entries);
}

const CONFIG_PORTS = { BASE: 0xcf8, LENGTH: 8 };

function dsdt(): Uint8Array {
  const afterConfig = CONFIG_PORTS.BASE + CONFIG_PORTS.LENGTH;
  const resources = resourceTemplate(
    resource.busNumbers(0, 1),
    resource.ports(CONFIG_PORTS.BASE, CONFIG_PORTS.LENGTH),
    resource.ioWindow(0, CONFIG_PORTS.BASE),
    resource.ioWindow(afterConfig, 0x1_0000 - afterConfig),
    resource.memoryWindow(VIDEO_HOLE_BASE, OPTION_ROM_BASE - VIDEO_HOLE_BASE),
    resource.memoryWindow(PCI_WINDOW_BASE, PCI_WINDOW_END - PCI_WINDOW_BASE),
  );
  const sleepType = integer(SOFT_OFF_TYPE);
  return table('DSDT', 1, [
    ...name('\\_S5', packageOf(sleepType, sleepType, integer(0), integer(0))),
    ...scope(
      '\\_SB',
      device(
        'PCI0',
        name('_HID', eisaId('PNP0A03')),
        name('_ADR', integer(0)),
        name('_UID', integer(0)),
        name('_CRS', resources),
        name('_PRT', routingTable()),
      ),
    ),
  ]);
}

const RSDP = { LENGTH: 36, OLD_LENGTH: 20, CHECKSUM: 8, EXTENDED_CHECKSUM: 32, REVISION: 2 };

function rsdp(rsdt: number, xsdt: number): Uint8Array {
  const fields = new Fields().text('RSD PTR ', 8).u8(0).text(OEM, 6).u8(RSDP.REVISION);
  fields.u32(rsdt, RSDP.LENGTH).u64(xsdt).zeros(4);
  const bytes = Uint8Array.from(fields.bytes);
  bytes[RSDP.CHECKSUM] = checksum(bytes.subarray(0, RSDP.OLD_LENGTH));
  bytes[RSDP.EXTENDED_CHECKSUM] = checksum(bytes);
  return bytes;
}

const TABLE_ALIGNMENT = 64;

/** All tables as one image to be copied to physical address `base` (16-byte aligned); the RSDP comes first. */
export function acpiTables(base: number): Uint8Array {
  const tables: { offset: number; bytes: Uint8Array }[] = [];
  let end = TABLE_ALIGNMENT;
  const place = (bytes: Uint8Array): number => {
    const offset = Math.ceil(end / TABLE_ALIGNMENT) * TABLE_ALIGNMENT;
    tables.push({ offset, bytes });
    end = offset + bytes.length;
    return base + offset;
  };
  const roots = [place(fadt(place(facs()), place(dsdt()))), place(madt())];
  const rsdt = place(table('RSDT', 1, new Fields().u32(...roots).bytes));
  const xsdtBody = new Fields();
  for (const root of roots) xsdtBody.u64(root);
  const xsdt = place(table('XSDT', 1, xsdtBody.bytes));
  const image = new Uint8Array(end);
  image.set(rsdp(rsdt, xsdt));
  for (const { offset, bytes } of tables) image.set(bytes, offset);
  return image;
}

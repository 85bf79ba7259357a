/**
 * The VMI option ROM: header, strings and one slot a call, made from the table of calls. A slot is a trap that the
 * CPU gives to the hypervisor; it works at any linear address, because the slot's own address says where it lies.
 * Layout: VMI header of Linux 2.6.21-2.6.36; PCI Firmware Specification 3.0, 5.1; Plug and Play BIOS 1.0A, 3.2.
 */
import { API_VERSION, CALLS, RELOCATION, type Relocation } from './calls.ts';

/** One page, so that a physical page is ROM or is not. */
export const ROM_SIZE = 4096;
/** Where the PC has it, physical; the specification's search begins here, and Linux finds it too. */
export const ROM_BASE = 0xc_8000;

/** Offsets in the header; u16 and u32 little endian. */
export const HEADER = {
  signature: 0,
  /** In units of 512 bytes. */
  length: 2,
  /** 16-bit code that a BIOS calls. */
  entry: 3,
  vmiSignature: 8,
  apiMinor: 12,
  apiMajor: 13,
  slots: 14,
  /** Lowest linear address that the hypervisor keeps to itself; 0 for none. */
  virtualTop: 16,
  licence: 22,
  pci: 24,
  pnp: 26,
  init: 0x80,
  getReloc: 0x88,
} as const;
export const ROM_SIGNATURE = 0xaa55;
/** "cVmi" */
export const VMI_SIGNATURE = 0x696d_5663;
/** Offsets in the PCI data structure. */
export const PCI = {
  signature: 0,
  vendor: 4,
  device: 6,
  length: 10,
  class: 13,
  units: 16,
  minor: 18,
  major: 19,
  indicator: 21,
} as const;
/** Offsets in the Plug and Play expansion header. */
export const PNP = { signature: 0, revision: 4, size: 5, device: 10, manufacturer: 14, product: 16 } as const;
/** What Linux expects of a ROM's maker. */
const VMI_DEVICE = { vendor: 0x15ad, device: 0x0801 } as const;

const LICENCE = 'GPL';
const MANUFACTURER = 'vmi86';
const PRODUCT = 'VMI hypervisor';
const ROM_VERSION = { major: 1, minor: 0 } as const;

/** The slot of call n begins at SLOTS + n * SLOT_SIZE. */
export const SLOTS = 0x100;
const SLOT_SIZE = 8;
export const slotOf = (call: number): number => SLOTS + call * SLOT_SIZE;

/** What this ROM answers for any number, mapped at linear address `base`. */
export const relocationOf = (call: number, base: number): Relocation => {
  const type = CALLS[call]?.relocation ?? RELOCATION.none;
  return { type, target: type === RELOCATION.none ? 0 : base + slotOf(call) };
};

/** UD2: what a slot starts with. Only in this ROM's page does it mean a call. */
export const TRAP = [0x0f, 0x0b] as const;
const RETF = 0xcb;
const INT3 = 0xcc;

const PCI_AT = 0x20;
const PNP_AT = 0x40;
const STRINGS_AT = slotOf(CALLS.length);
const PCI_LENGTH = 24;
const PNP_LENGTH = 32;
const LAST_IMAGE = 0x80;
/** Class code: memory controller, other. */
const MEMORY_CONTROLLER = 0x05_8000;

/** Makes the bytes of a ROM's header around code that is already in place, and the checksum. */
export const sealRom = (rom: Uint8Array, product: string, stringsAt: number): void => {
  const view = new DataView(rom.buffer, rom.byteOffset, rom.length);
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const text = (at: number, value: string) => rom.set(new TextEncoder().encode(value), at);

  let strings = stringsAt;
  const string = (value: string): number => {
    const at = strings;
    text(at, value);
    strings += value.length + 1;
    return at;
  };

  u16(HEADER.signature, ROM_SIGNATURE);
  rom[HEADER.length] = rom.length / 512;
  rom[HEADER.entry] = RETF;
  u32(HEADER.vmiSignature, VMI_SIGNATURE);
  rom[HEADER.apiMinor] = API_VERSION.minor;
  rom[HEADER.apiMajor] = API_VERSION.major;
  rom[HEADER.slots] = CALLS.length;
  u16(HEADER.licence, string(LICENCE));
  u16(HEADER.pci, PCI_AT);
  u16(HEADER.pnp, PNP_AT);

  text(PCI_AT + PCI.signature, 'PCIR');
  u16(PCI_AT + PCI.vendor, VMI_DEVICE.vendor);
  u16(PCI_AT + PCI.device, VMI_DEVICE.device);
  u16(PCI_AT + PCI.length, PCI_LENGTH);
  rom.set([MEMORY_CONTROLLER & 0xff, (MEMORY_CONTROLLER >> 8) & 0xff, MEMORY_CONTROLLER >> 16], PCI_AT + PCI.class);
  u16(PCI_AT + PCI.units, rom.length / 512);
  rom[PCI_AT + PCI.minor] = ROM_VERSION.minor;
  rom[PCI_AT + PCI.major] = ROM_VERSION.major;
  rom[PCI_AT + PCI.indicator] = LAST_IMAGE;

  text(PNP_AT + PNP.signature, '$PnP');
  rom[PNP_AT + PNP.revision] = 1;
  rom[PNP_AT + PNP.size] = PNP_LENGTH / 16;
  u16(PNP_AT + PNP.manufacturer, string(MANUFACTURER));
  u16(PNP_AT + PNP.product, string(product));
  setChecksum(rom, PNP_AT, PNP_LENGTH, PNP_AT + 9);
  setChecksum(rom, 0, rom.length, rom.length - 1);
};

/** Sets the byte at `at` so that `length` bytes from `from` on sum up to 0 modulo 256. */
const setChecksum = (rom: Uint8Array, from: number, length: number, at: number): void => {
  rom[at] = 0;
  rom[at] = -rom.subarray(from, from + length).reduce((sum, byte) => sum + byte, 0);
};

/** The ROM of this hypervisor. */
export const buildRom = (): Uint8Array => {
  const rom = new Uint8Array(ROM_SIZE);
  rom.fill(INT3, HEADER.init, STRINGS_AT);
  for (const at of [HEADER.init, HEADER.getReloc, ...CALLS.map(({ number }) => slotOf(number))]) rom.set(TRAP, at);
  sealRom(rom, PRODUCT, STRINGS_AT);
  return rom;
};

/** Reads a VMI ROM image of any make: what its header says, and what is wrong with it. */
import { UserError } from '../errors.ts';
import { API_VERSION } from './calls.ts';
import { HEADER, PCI, PNP, ROM_BASE, ROM_SIGNATURE, VMI_SIGNATURE } from './rom.ts';

/** Option ROMs end here; the firmware's begins. */
const ROM_AREA_END = 0xe_0000;
/** The most bytes that fit behind ROM_BASE. */
export const ROM_LIMIT = ROM_AREA_END - ROM_BASE;
const UNIT = 512;
/** Up to and with the entry for relocations. */
const HEADER_SIZE = HEADER.getReloc + 8;
/** What Linux accepts, compared with the whole string. */
const LICENCES = ['GPL', 'GPL v2'];

export interface RomHeader {
  /** Bytes, as the header counts them. */
  readonly length: number;
  readonly api: string;
  readonly slots: number;
  /** Linear address from which on the hypervisor owns all; 0 for nowhere. */
  readonly virtualTop: number;
  readonly licence: string;
  readonly pci?: { readonly vendor: number; readonly device: number; readonly version: string };
  readonly manufacturer?: string;
  readonly product?: string;
}

export interface RomReport {
  /** Undefined where there is no VMI header to read. */
  readonly header: RomHeader | undefined;
  /** One line each; the first that keeps a kernel from using the ROM comes first. */
  readonly problems: readonly string[];
}

/** Looks at a ROM's header; executes nothing of it. */
export const inspectRom = (rom: Uint8Array): RomReport => {
  const view = new DataView(rom.buffer, rom.byteOffset, rom.length);
  if (rom.length < HEADER_SIZE) return problem(`${rom.length} bytes are too few for a VMI ROM header`);
  if (view.getUint16(HEADER.signature, true) !== ROM_SIGNATURE) return problem('no option ROM: 55 AA is missing');
  if (view.getUint32(HEADER.vmiSignature, true) !== VMI_SIGNATURE) return problem("no VMI ROM: 'cVmi' is missing");

  const problems: string[] = [];
  const length = rom[HEADER.length]! * UNIT;
  const licence = text(rom, view.getUint16(HEADER.licence, true));
  const [major, minor] = [rom[HEADER.apiMajor]!, rom[HEADER.apiMinor]!];
  if (major !== API_VERSION.major)
    problems.push(`API version ${major}.${minor}, where kernels want ${API_VERSION.major}.x`);
  if (length === 0 || length > rom.length)
    problems.push(`its length field says ${length} bytes, the file has ${rom.length}`);
  else if (rom.subarray(0, length).reduce((sum, byte) => sum + byte, 0) & 0xff) problems.push('the checksum is wrong');
  if (licence === undefined || !LICENCES.includes(licence)) {
    problems.push(
      `the licence is ${licence === undefined ? 'missing' : `'${licence}'`}, where kernels want 'GPL' or 'GPL v2'`,
    );
  }
  const pci = pciOf(rom, view);
  if (!pci) problems.push('the PCI header is missing');
  if (rom.length > ROM_LIMIT) problems.push(`${rom.length} bytes do not fit into the option ROM area`);
  const names = namesOf(rom, view);
  const header: RomHeader = {
    length,
    api: `${major}.${minor}`,
    slots: rom[HEADER.slots]!,
    virtualTop: view.getUint32(HEADER.virtualTop, true),
    licence: licence ?? '',
    ...(pci && { pci }),
    ...names,
  };
  return { header, problems };
};

/** Throws UserError, one line, if a kernel could not use the ROM. */
export const checkRom = (name: string, rom: Uint8Array): void => {
  const [worst] = inspectRom(rom).problems;
  if (worst) throw new UserError(`${name}: ${worst}`);
};

const problem = (text: string): RomReport => ({ header: undefined, problems: [text] });

/** A string that ends with a NUL within the ROM; undefined at offset 0. */
const text = (rom: Uint8Array, at: number): string | undefined => {
  const end = at === 0 ? -1 : rom.indexOf(0, at);
  return end < 0 ? undefined : new TextDecoder('latin1').decode(rom.subarray(at, end));
};

const startsWith = (rom: Uint8Array, at: number, signature: string): boolean =>
  at !== 0 && [...signature].every((letter, n) => rom[at + n] === letter.charCodeAt(0));

const pciOf = (rom: Uint8Array, view: DataView): RomHeader['pci'] => {
  const at = view.getUint16(HEADER.pci, true);
  if (!startsWith(rom, at, 'PCIR') || at + PCI.indicator >= rom.length) return undefined;
  return {
    vendor: view.getUint16(at + PCI.vendor, true),
    device: view.getUint16(at + PCI.device, true),
    version: `${rom[at + PCI.major]}.${rom[at + PCI.minor]}`,
  };
};

const namesOf = (rom: Uint8Array, view: DataView): Pick<RomHeader, 'manufacturer' | 'product'> => {
  const at = view.getUint16(HEADER.pnp, true);
  if (!startsWith(rom, at, '$PnP') || at + PNP.product + 2 > rom.length) return {};
  const manufacturer = text(rom, view.getUint16(at + PNP.manufacturer, true));
  const product = text(rom, view.getUint16(at + PNP.product, true));
  return { ...(manufacturer && { manufacturer }), ...(product && { product }) };
};

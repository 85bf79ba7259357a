/**
 * The page-table walk: linear page to physical page, with the rights the tables grant. SDM vol. 3, chapter 4:
 * 32-bit paging (4 KB and 4 MB pages) and PAE paging (4 KB and 2 MB pages, execute-disable).
 */
import { ENTRY } from '../../translator/page-entry.ts';
import { PHYSICAL_ADDRESS_BITS } from '../control/models.ts';

/** Bits of a page fault's error code; write, user and fetch also describe an access. SDM vol. 3, 4.7. */
export const PF = { present: 1, write: 2, user: 4, reserved: 8, fetch: 16 } as const;

/** Returned by walk when the access is allowed; error codes are never negative. */
export const NO_FAULT = -1;

/** Memory that holds page tables, by physical address. */
export interface TableMemory {
  read32(address: number): number;
  write32(address: number, value: number): void;
}

/** The control registers a walk depends on. */
export interface Paging {
  readonly pae: boolean;
  /** CR4.PSE; PAE has large pages without it. */
  readonly largePages: boolean;
  readonly writeProtect: boolean;
  readonly globalPages: boolean;
  /** EFER.NXE; looked at under PAE only. */
  readonly executeDisable: boolean;
  readonly cr3: number;
  /** The page-directory-pointer registers: low and high word of four entries. */
  readonly pdpte: Uint32Array;
}

/** What a successful walk found; filled in place, because walks are frequent. */
export interface Translation {
  /** Physical page number: 24 bits. */
  page: number;
  /** Rights of CPL 3. */
  user: boolean;
  userWritable: boolean;
  /** Rights of CPL 0-2; reading is always allowed. */
  supervisorWritable: boolean;
  executable: boolean;
  /** The dirty bit is set in the entry (by this walk, if it was for a write). */
  dirty: boolean;
  global: boolean;
  /** Part of a 2 or 4 MB page. */
  large: boolean;
  /** Physical addresses of the entries read: in the page directory, and in the page table if there was one, or -1. */
  directoryAt: number;
  tableAt: number;
}

export const newTranslation = (): Translation => ({
  page: 0,
  user: true,
  userWritable: true,
  supervisorWritable: true,
  executable: true,
  dirty: true,
  global: false,
  large: false,
  directoryAt: -1,
  tableAt: -1,
});

/** High word of PAE entries. */
const HIGH = {
  address: 2 ** (PHYSICAL_ADDRESS_BITS - 32) - 1,
  noExecute: 0x8000_0000,
} as const;
const HIGH_RESERVED = 0x7fff_ffff & ~HIGH.address;

/** Without PAT and PSE-36 what they would use is reserved: bit 7 of a page's entry, and below a large page's address. */
const PAGE_RESERVED = 1 << 7;
const LARGE_4M_RESERVED = 0x003f_f000;
const LARGE_2M_RESERVED = 0x001f_f000;

const highReserved = (paging: Paging): number =>
  paging.executeDisable ? HIGH_RESERVED : HIGH_RESERVED | HIGH.noExecute;

/** The access's part of the error code. Where execution cannot be disabled a fetch is a read, and reported as one. */
const accessCode = (paging: Paging, access: number): number =>
  paging.pae && paging.executeDisable ? access : access & ~PF.fetch;

/** Whether rights accumulated over the levels (ENTRY bits) allow the access. SDM vol. 3, 4.6.1. */
const allowed = (paging: Paging, access: number, rights: number, executable: boolean): boolean => {
  if (access & PF.fetch && !executable) return false;
  if (access & PF.user) {
    return (rights & ENTRY.user) !== 0 && (!(access & PF.write) || (rights & ENTRY.writable) !== 0);
  }
  return !(access & PF.write) || !paging.writeProtect || (rights & ENTRY.writable) !== 0;
};

/** Sets accessed (and dirty) bits, touching memory only where that changes something. */
const mark = (memory: TableMemory, address: number, entry: number, bits: number): void => {
  if ((entry & bits) !== bits) memory.write32(address, entry | bits);
};

const grant = (
  paging: Paging,
  out: Translation,
  page: number,
  rights: number,
  executable: boolean,
  leaf: number,
  large: boolean,
): void => {
  out.page = page;
  out.user = (rights & ENTRY.user) !== 0;
  out.userWritable = (rights & ENTRY.user) !== 0 && (rights & ENTRY.writable) !== 0;
  out.supervisorWritable = !paging.writeProtect || (rights & ENTRY.writable) !== 0;
  out.executable = executable;
  out.dirty = (leaf & ENTRY.dirty) !== 0;
  out.global = paging.globalPages && (leaf & ENTRY.global) !== 0;
  out.large = large;
};

const readFrom = (out: Translation, directoryAt: number, tableAt: number): void => {
  out.directoryAt = directoryAt;
  out.tableAt = tableAt;
};

const walk32 = (paging: Paging, memory: TableMemory, linear: number, access: number, out: Translation): number => {
  const leafBits = access & PF.write ? ENTRY.accessed | ENTRY.dirty : ENTRY.accessed;
  const directoryAt = ((paging.cr3 & ~0xfff) >>> 0) + (linear >>> 22) * 4;
  const directory = memory.read32(directoryAt);
  if (!(directory & ENTRY.present)) return access;

  if (directory & ENTRY.large && paging.largePages) {
    if (directory & LARGE_4M_RESERVED) return access | PF.present | PF.reserved;
    if (!allowed(paging, access, directory, true)) return access | PF.present;
    mark(memory, directoryAt, directory, leafBits);
    const page = (directory >>> 12) | ((linear >>> 12) & 0x3ff);
    readFrom(out, directoryAt, -1);
    grant(paging, out, page, directory, true, directory | leafBits, true);
    return NO_FAULT;
  }

  const tableAt = ((directory & ~0xfff) >>> 0) + ((linear >>> 12) & 0x3ff) * 4;
  const entry = memory.read32(tableAt);
  if (!(entry & ENTRY.present)) return access;
  // With CR4.PSE clear 32-bit paging has no reserved bits.
  if (entry & PAGE_RESERVED && paging.largePages) return access | PF.present | PF.reserved;
  const rights = directory & entry;
  if (!allowed(paging, access, rights, true)) return access | PF.present;
  mark(memory, directoryAt, directory, ENTRY.accessed);
  mark(memory, tableAt, entry, leafBits);
  readFrom(out, directoryAt, tableAt);
  grant(paging, out, entry >>> 12, rights, true, entry | leafBits, false);
  return NO_FAULT;
};

/** Physical address that an entry's two words hold, as a number below 2^36. */
const wideAddress = (low: number, high: number): number => (high & HIGH.address) * 2 ** 32 + ((low & ~0xfff) >>> 0);

const walkPae = (paging: Paging, memory: TableMemory, linear: number, access: number, out: Translation): number => {
  const leafBits = access & PF.write ? ENTRY.accessed | ENTRY.dirty : ENTRY.accessed;
  const reserved = highReserved(paging);
  const pointer = (linear >>> 30) * 2;
  const pointerLow = paging.pdpte[pointer]!;
  if (!(pointerLow & ENTRY.present)) return access;

  const directoryAt = wideAddress(pointerLow, paging.pdpte[pointer + 1]!) + ((linear >>> 21) & 0x1ff) * 8;
  const directory = memory.read32(directoryAt);
  const directoryHigh = memory.read32(directoryAt + 4);
  if (!(directory & ENTRY.present)) return access;
  if (directoryHigh & reserved) return access | PF.present | PF.reserved;

  if (directory & ENTRY.large) {
    if (directory & LARGE_2M_RESERVED) return access | PF.present | PF.reserved;
    const executable = !(directoryHigh & HIGH.noExecute);
    if (!allowed(paging, access, directory, executable)) return access | PF.present;
    mark(memory, directoryAt, directory, leafBits);
    readFrom(out, directoryAt, -1);
    const page = ((directoryHigh & HIGH.address) << 20) | (directory >>> 12) | ((linear >>> 12) & 0x1ff);
    grant(paging, out, page, directory, executable, directory | leafBits, true);
    return NO_FAULT;
  }

  const tableAt = wideAddress(directory, directoryHigh) + ((linear >>> 12) & 0x1ff) * 8;
  const entry = memory.read32(tableAt);
  const entryHigh = memory.read32(tableAt + 4);
  if (!(entry & ENTRY.present)) return access;
  if (entry & PAGE_RESERVED || entryHigh & reserved) return access | PF.present | PF.reserved;
  const rights = directory & entry;
  const executable = !((directoryHigh | entryHigh) & HIGH.noExecute);
  if (!allowed(paging, access, rights, executable)) return access | PF.present;
  mark(memory, directoryAt, directory, ENTRY.accessed);
  mark(memory, tableAt, entry, leafBits);
  readFrom(out, directoryAt, tableAt);
  grant(paging, out, ((entryHigh & HIGH.address) << 20) | (entry >>> 12), rights, executable, entry | leafBits, false);
  return NO_FAULT;
};

/**
 * Walks the tables for an access (PF.write, PF.user, PF.fetch) to a linear address. Returns NO_FAULT with `out`
 * filled and the accessed and dirty bits set in memory, or the error code of the page fault with nothing changed.
 */
export const walk = (paging: Paging, memory: TableMemory, linear: number, access: number, out: Translation): number => {
  const code = accessCode(paging, access);
  return paging.pae ? walkPae(paging, memory, linear, code, out) : walk32(paging, memory, linear, code, out);
};

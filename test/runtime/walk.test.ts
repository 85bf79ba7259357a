import { describe, expect, it } from 'vitest';
import { NO_FAULT, newTranslation, type Paging, PF, walk } from '../../runtime/memory/walk.ts';

const P = 1;
const W = 2;
const U = 4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;

/** Physical memory that is nothing but page tables. */
class Tables {
  readonly words = new Map<number, number>();
  read32(address: number): number {
    return this.words.get(address) ?? 0;
  }
  write32(address: number, value: number): void {
    this.words.set(address, value | 0);
  }
  write64(address: number, low: number, high: number): void {
    this.write32(address, low);
    this.write32(address + 4, high);
  }
}

const CR3 = 0x1000;
const TABLE = 0x2000;
const DIRECTORY_PAE = 0x5000;

const paging = (fields: Partial<Paging> = {}): Paging => ({
  pae: false,
  largePages: true,
  writeProtect: true,
  globalPages: true,
  executeDisable: false,
  cr3: CR3,
  pdpte: new Uint32Array(8),
  ...fields,
});

const LINEAR = 0xc040_3123;
const READ = 0;

describe('32-bit paging', () => {
  const directoryAt = CR3 + (LINEAR >>> 22) * 4;
  const tableAt = TABLE + ((LINEAR >>> 12) & 0x3ff) * 4;
  const tables = (directory: number, entry: number): Tables => {
    const memory = new Tables();
    memory.write32(directoryAt, directory);
    memory.write32(tableAt, entry);
    return memory;
  };
  const access = (memory: Tables, wanted: number, fields: Partial<Paging> = {}) => {
    const found = newTranslation();
    return { code: walk(paging(fields), memory, LINEAR, wanted, found), found };
  };

  it('translates a 4 KB page and sets accessed bits', () => {
    const memory = tables(TABLE | P | W | U, 0x0034_5000 | P | W | U | G);
    const { code, found } = access(memory, READ);
    expect(code).toBe(NO_FAULT);
    expect(found).toEqual({
      page: 0x345,
      user: true,
      userWritable: true,
      supervisorWritable: true,
      executable: true,
      dirty: false,
      global: true,
      large: false,
      directoryAt,
      tableAt,
    });
    expect(memory.read32(directoryAt)).toBe(TABLE | P | W | U | A);
    expect(memory.read32(tableAt)).toBe(0x0034_5000 | P | W | U | G | A);
  });

  it('sets the dirty bit of the leaf alone on a write', () => {
    const memory = tables(TABLE | P | W | U, 0x0034_5000 | P | W | U);
    expect(access(memory, PF.write).found.dirty).toBe(true);
    expect(memory.read32(directoryAt) & (A | D)).toBe(A);
    expect(memory.read32(tableAt) & (A | D)).toBe(A | D);
  });

  it('leaves memory alone when the access faults', () => {
    const memory = tables(TABLE | P | W | U, 0x0034_5000 | P | U);
    access(memory, PF.write | PF.user);
    expect(memory.read32(directoryAt)).toBe(TABLE | P | W | U);
    expect(memory.read32(tableAt)).toBe(0x0034_5000 | P | U);
  });

  it('ignores the global bit while CR4.PGE is clear', () => {
    expect(access(tables(TABLE | P, P | G), READ, { globalPages: false }).found.global).toBe(false);
  });

  const ABSENT = 0;
  it.each([
    ['directory entry absent, read', ABSENT, ABSENT, READ, {}, 0],
    ['directory entry absent, user write', ABSENT, ABSENT, PF.user | PF.write, {}, PF.user | PF.write],
    ['table entry absent, user', TABLE | P | W | U, ABSENT, PF.user, {}, PF.user],
    ['fetch is not told apart without execute-disable', TABLE | P | W | U, ABSENT, PF.fetch | PF.user, {}, PF.user],
    ['user reads supervisor page', TABLE | P | W | U, P | W, PF.user, {}, PF.present | PF.user],
    ['user below supervisor directory', TABLE | P | W, P | W | U, PF.user, {}, PF.present | PF.user],
    ['user writes read-only page', TABLE | P | W | U, P | U, PF.user | PF.write, {}, 7],
    ['user writes below read-only directory', TABLE | P | U, P | W | U, PF.user | PF.write, {}, 7],
    ['supervisor writes read-only page, WP', TABLE | P | W | U, P | U, PF.write, {}, PF.present | PF.write],
    ['supervisor writes read-only page, no WP', TABLE | P | W, P, PF.write, { writeProtect: false }, NO_FAULT],
    ['user writes read-only page, no WP', TABLE | P | W | U, P | U, 6, { writeProtect: false }, 7],
    ['reserved bit 21 of a 4 MB entry', 0x0060_0000 | P | W | U | PS, ABSENT, READ, {}, PF.present | PF.reserved],
    ['reserved bit 12 of a 4 MB entry', (1 << 12) | P | PS, ABSENT, PF.write, {}, PF.present | PF.reserved | PF.write],
    ['bit 7 of a page entry', TABLE | P | U, P | U | PS, PF.user, {}, PF.present | PF.reserved | PF.user],
    ['bit 7 of a page entry without CR4.PSE', TABLE | P, P | PS, READ, { largePages: false }, NO_FAULT],
    ['PS means nothing without CR4.PSE', TABLE | P | PS, P, READ, { largePages: false }, NO_FAULT],
  ])('%s', (_, directory, entry, wanted, fields, expected) => {
    const memory = tables(directory, entry);
    expect(access(memory, wanted, fields).code).toBe(expected);
  });

  it('grants rights for both privileges', () => {
    const found = access(tables(TABLE | P | W | U, P | U), READ, { writeProtect: false }).found;
    expect(found).toMatchObject({ user: true, userWritable: false, supervisorWritable: true });
    expect(access(tables(TABLE | P | W | U, P | W), READ).found).toMatchObject({
      user: false,
      userWritable: false,
      supervisorWritable: true,
    });
  });

  it('translates a 4 MB page', () => {
    const memory = tables(0x0180_0000 | P | W | PS | G, 0);
    const { code, found } = access(memory, PF.write);
    expect(code).toBe(NO_FAULT);
    expect(found).toMatchObject({ page: 0x1803, large: true, global: true, dirty: true });
    expect(memory.read32(directoryAt) & (A | D)).toBe(A | D);
  });
});

describe('PAE paging', () => {
  const pdpte = new Uint32Array(8);
  pdpte[(LINEAR >>> 30) * 2] = DIRECTORY_PAE | P;
  const directoryAt = DIRECTORY_PAE + ((LINEAR >>> 21) & 0x1ff) * 8;
  const tableAt = TABLE + ((LINEAR >>> 12) & 0x1ff) * 8;
  const NX = 0x8000_0000;
  const nx = { executeDisable: true };
  const tables = (directory: [number, number], entry: [number, number]): Tables => {
    const memory = new Tables();
    memory.write64(directoryAt, ...directory);
    memory.write64(tableAt, ...entry);
    return memory;
  };
  const access = (memory: Tables, wanted: number, fields: Partial<Paging> = {}, linear = LINEAR) => {
    const found = newTranslation();
    return { code: walk(paging({ pae: true, pdpte, ...fields }), memory, linear, wanted, found), found };
  };
  const DIRECTORY: [number, number] = [TABLE | P | W | U, 0];

  it('translates a 4 KB page beyond 4 GiB', () => {
    const memory = tables(DIRECTORY, [0x0034_5000 | P | W | U, 0xf]);
    const { code, found } = access(memory, PF.write | PF.user);
    expect(code).toBe(NO_FAULT);
    expect(found).toMatchObject({ page: 0xf0_0345, dirty: true, executable: true, large: false });
    expect(memory.read32(directoryAt) & (A | D)).toBe(A);
    expect(memory.read32(tableAt) & (A | D)).toBe(A | D);
    expect(memory.read32(tableAt + 4)).toBe(0xf);
  });

  it('translates a 2 MB page', () => {
    const memory = tables([0x0060_0000 | P | W | U | PS, 1], [0, 0]);
    const { code, found } = access(memory, READ);
    expect(code).toBe(NO_FAULT);
    expect(found).toMatchObject({ page: 0x10_0603, large: true, dirty: false });
    expect(memory.read32(directoryAt) & (A | D)).toBe(A);
  });

  it('faults where the page-directory pointer is absent', () => {
    expect(access(tables(DIRECTORY, [P, 0]), PF.user, {}, 0x1000).code).toBe(PF.user);
  });

  it.each<[string, [number, number], [number, number], number, Partial<Paging>, number]>([
    ['absent entry, fetch', DIRECTORY, [0, 0], PF.fetch, nx, PF.fetch],
    ['fetch from NX page', DIRECTORY, [P | U, NX], PF.fetch | PF.user, nx, PF.present | PF.fetch | PF.user],
    ['fetch below NX directory', [DIRECTORY[0], NX], [P | U, 0], PF.fetch, nx, PF.present | PF.fetch],
    ['fetch from NX 2 MB page', [P | PS, NX], [0, 0], PF.fetch, nx, PF.present | PF.fetch],
    ['reading an NX page', DIRECTORY, [P | U, NX], READ, nx, NO_FAULT],
    ['bit 63 is reserved without NXE', DIRECTORY, [P | U, NX], READ, {}, PF.present | PF.reserved],
    ['bit 63 of the directory is reserved without NXE', [DIRECTORY[0], NX], [P, 0], PF.fetch, {}, 9],
    ['address bit 36 is reserved', DIRECTORY, [P, 0x10], PF.write, nx, PF.present | PF.reserved | PF.write],
    ['bit 62 is reserved', DIRECTORY, [P, 0x4000_0000], PF.user, nx, PF.present | PF.reserved | PF.user],
    ['reserved bits of an absent entry do not matter', DIRECTORY, [0, 0x10], READ, nx, 0],
    ['bit 7 of a page entry', DIRECTORY, [P | PS, 0], READ, nx, PF.present | PF.reserved],
    ['bit 12 of a 2 MB page', [0x1000 | P | PS, 0], [0, 0], READ, nx, PF.present | PF.reserved],
    ['user write to read-only', DIRECTORY, [P | U, 0], PF.user | PF.write, nx, 7],
  ])('%s', (_, directory, entry, wanted, fields, expected) => {
    expect(access(tables(directory, entry), wanted, fields).code).toBe(expected);
  });
});

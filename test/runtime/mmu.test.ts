import { beforeEach, describe, expect, it } from 'vitest';
import { PROBE } from '../../runtime/memory/imports.ts';
import { RAM, STATE, TLB_TABLES } from '../../translator/layout.ts';
import { createRig, DIRECTORY, enablePaging, faultOf, RAM_SIZE, type Rig, setPage, USER_PAGE } from './memory-rig.ts';

const P = 1;
const W = 2;
const U = 4;
const D = 0x40;
const PS = 0x80;
const G = 0x100;
const PAGE = 0x0030_0000;
const HIGH = 0xc000_0000;

/** Host address that a table gives for a linear address; negative on a miss. */
const lookup = ({ state }: Rig, table: number, linear: number): number =>
  (state.i32[(table >> 2) + (linear >>> 12)]! + linear) | 0;
const { supervisor, user } = TLB_TABLES;

/** Every word of all tables that is not a miss. */
const filledEntries = (rig: Rig): number => {
  let filled = 0;
  for (let page = 0; page < 2 ** 20; page++) {
    for (const { read, write, exec } of [supervisor, user]) {
      if (lookup(rig, read, page << 12) >= 0) filled++;
      if (lookup(rig, write, page << 12) >= 0) filled++;
      if (rig.state.i32[(exec >> 2) + page] !== 0) filled++;
    }
  }
  return filled;
};

let rig: Rig;
beforeEach(() => {
  rig = createRig([
    { start: 0xa_0000, length: 0x2_0000, kind: 'device' },
    { start: 0xc_0000, length: 0x1_0000, kind: 'rom' },
  ]);
});

describe('without paging', () => {
  it('linear is physical, and both tables learn it', () => {
    rig.mmu.linear.write32(0x1234, 0x89ab_cdef);
    expect(rig.state.ram.slice(0x1234, 0x1238)).toEqual(Uint8Array.of(0xef, 0xcd, 0xab, 0x89));
    expect(rig.mmu.linear.read32(0x1234)).toBe(0x89ab_cdef | 0);
    expect(rig.mmu.linear.read16(0x1236)).toBe(0x89ab);
    expect(rig.mmu.linear.read8(0x1235)).toBe(0xcd);
    expect(lookup(rig, supervisor.read, 0x1234)).toBe(RAM + 0x1234);
    expect(lookup(rig, supervisor.write, 0x1234)).toBe(RAM + 0x1234);
    expect(lookup(rig, user.read, 0x1234)).toBeLessThan(0);
  });

  it('sends device addresses to the board and never to the tables', () => {
    rig.board.inputs.push(0x1122_3344, 0xffee);
    expect(rig.mmu.linear.read32(0xa_0010)).toBe(0x1122_3344);
    expect(rig.mmu.linear.read16(0xfec0_0000)).toBe(0xffee);
    rig.mmu.linear.write16(RAM_SIZE, 0x1_2345);
    rig.mmu.linear.write32(0xfee0_0000, -1);
    expect(rig.board.log).toEqual([
      'read32 a0010',
      'read16 fec00000',
      'write16 400000 2345',
      'write32 fee00000 ffffffff',
    ]);
    expect(filledEntries(rig)).toBe(0);
  });

  it('reads and executes ROM directly, but sends writes to the board', () => {
    rig.physical.install(0xc_0000, Uint8Array.of(0x55, 0xaa));
    expect(rig.mmu.linear.read16(0xc_0000)).toBe(0xaa55);
    rig.mmu.linear.write8(0xc_0000, 1);
    expect(rig.board.log).toEqual(['write8 c0000 1']);
    expect(lookup(rig, supervisor.read, 0xc_0000)).toBe(RAM + 0xc_0000);
    expect(lookup(rig, supervisor.write, 0xc_0000)).toBeLessThan(0);
    expect(rig.mmu.fetch(0xc_0001)).toBe(RAM + 0xc_0001);
  });

  it('raises #UD for code where nothing answers', () => {
    expect(faultOf(() => rig.mmu.fetch(0xf000_0000))).toEqual([6, undefined]);
  });

  it('masks address bit 20', () => {
    rig.mmu.linear.write8(0x10_0010, 1);
    rig.mmu.setAddress20(false);
    rig.mmu.linear.write8(0x10_0010, 2);
    expect([rig.state.ram[0x10], rig.state.ram[0x10_0010]]).toEqual([2, 1]);
    expect(rig.mmu.fetch(0x10_0010)).toBe(RAM + 0x10);
    rig.mmu.setAddress20(true);
    expect(rig.mmu.linear.read8(0x10_0010)).toBe(1);
  });
});

describe('paging', () => {
  it('keeps entries for each privilege apart', () => {
    enablePaging(rig);
    setPage(rig, PAGE, PAGE | P | W);
    rig.cpu.setCpl(3);
    expect(faultOf(() => rig.mmu.linear.read8(PAGE + 5))).toEqual([14, 5]);
    expect(rig.state.get(STATE.cr2)).toBe(PAGE + 5);
    rig.mmu.linear.system.write8(PAGE + 5, 7);
    expect(rig.state.ram[PAGE + 5]).toBe(7);
    expect(faultOf(() => rig.mmu.linear.read8(PAGE + 5))).toEqual([14, 5]);
    rig.cpu.setCpl(0);
    expect(rig.mmu.linear.read8(PAGE + 5)).toBe(7);
  });

  it('repoints the tables in force with CPL', () => {
    rig.cpu.setCpl(3);
    expect(rig.state.get(STATE.tlbWrite)).toBe(user.write);
    rig.cpu.setCpl(1);
    expect(rig.state.get(STATE.tlbExec)).toBe(supervisor.exec);
  });

  it('translates addresses in the upper half', () => {
    enablePaging(rig);
    rig.physical.write32(DIRECTORY + (HIGH >>> 22) * 4, rig.physical.read32(DIRECTORY));
    rig.mmu.linear.write32(HIGH + PAGE, 42);
    expect(rig.state.ram[PAGE]).toBe(42);
    expect(lookup(rig, supervisor.write, HIGH + PAGE)).toBe(RAM + PAGE);
    expect(rig.mmu.linear.read32((HIGH + PAGE) | 0)).toBe(42);
  });

  it('enters a write only once the page is dirty', () => {
    enablePaging(rig);
    rig.mmu.linear.read8(PAGE);
    expect(lookup(rig, supervisor.write, PAGE)).toBeLessThan(0);
    rig.mmu.linear.write8(PAGE, 1);
    expect(lookup(rig, supervisor.write, PAGE)).toBe(RAM + PAGE);
    expect(rig.physical.read32(0x2000 + (PAGE >>> 12) * 4) & D).toBe(D);
  });

  it('lets the supervisor write read-only pages while CR0.WP is clear, and only the supervisor', () => {
    enablePaging(rig, 0x8000_0001);
    setPage(rig, PAGE, PAGE | P | U);
    rig.mmu.linear.write8(PAGE, 1);
    expect(lookup(rig, supervisor.write, PAGE)).toBe(RAM + PAGE);
    rig.cpu.setCpl(3);
    expect(faultOf(() => rig.mmu.linear.write8(PAGE, 2))).toEqual([14, 7]);
    rig.cpu.setCpl(0);
    rig.state.set(STATE.cr0, 0x8001_0001);
    rig.mmu.modeChanged();
    expect(faultOf(() => rig.mmu.linear.write8(PAGE, 2))).toEqual([14, 3]);
  });

  it('writes nothing of an access whose second page faults', () => {
    enablePaging(rig);
    setPage(rig, PAGE + 0x1000, 0);
    expect(faultOf(() => rig.mmu.linear.write32(PAGE + 0xffe, -1))).toEqual([14, 2]);
    expect(rig.state.get(STATE.cr2)).toBe(PAGE + 0x1000);
    expect(rig.state.ram[PAGE + 0xffe]).toBe(0);
    expect(faultOf(() => rig.mmu.linear.probeWrite(PAGE, 0x1001))).toEqual([14, 2]);
    expect(faultOf(() => rig.mmu.linear.probeWrite(PAGE, 0x1000))).toBeUndefined();
  });

  it('carries an access across pages that are apart in physical memory', () => {
    enablePaging(rig);
    setPage(rig, PAGE + 0x1000, 0x38_0000 | USER_PAGE);
    rig.mmu.linear.write32(PAGE + 0xffd, 0x4433_2211);
    expect(rig.state.ram.slice(PAGE + 0xffd, PAGE + 0x1001)).toEqual(Uint8Array.of(0x11, 0x22, 0x33, 0));
    expect(rig.state.ram[0x38_0000]).toBe(0x44);
    expect(rig.mmu.linear.read32(PAGE + 0xffd)).toBe(0x4433_2211);
    expect(rig.mmu.linear.read16(PAGE + 0xfff)).toBe(0x4433);
  });

  it('splits an access between RAM and a device', () => {
    rig.board.inputs.push(0xbb);
    rig.state.ram[0x9_ffff] = 0xaa;
    expect(rig.mmu.linear.read16(0x9_ffff)).toBe(0xbbaa);
    expect(rig.board.log).toEqual(['read8 a0000']);
  });

  it('fetches from pages that allow it', () => {
    const EFER_NXE = 1 << 11;
    rig.physical.write32(0x7000, 0x20_0000 | P | W | U | PS);
    rig.physical.write32(0x7008, 0x20_0000 | P | W | U | PS);
    rig.physical.write32(0x700c, 0x8000_0000);
    rig.state.set(STATE.efer, EFER_NXE);
    rig.state.set(STATE.cr4, 1 << 5);
    rig.state.set(STATE.pdpte, 0x7000 | P);
    rig.state.set(STATE.cr0, 0x8000_0001);
    rig.mmu.modeChanged();
    expect(rig.mmu.fetch(0x1234)).toBe(RAM + 0x20_1234);
    expect(rig.mmu.fetch(0x1235)).toBe(RAM + 0x20_1235);
    expect(rig.state.i32[(supervisor.exec >> 2) + 1]).toBe((RAM + 0x20_1000) | 1);
    expect(faultOf(() => rig.mmu.fetch(0x20_1234))).toEqual([14, 0x11]);
    expect(rig.mmu.linear.read8(0x20_1234)).toBe(0);
  });
});

describe('emptying the TLB', () => {
  const MODE_PGE = 1 << 7;

  it('keeps global pages unless all is flushed', () => {
    enablePaging(rig, 0x8001_0001, MODE_PGE);
    setPage(rig, PAGE, PAGE | P | W | U | G);
    rig.mmu.linear.write8(PAGE, 1);
    rig.mmu.linear.write8(PAGE + 0x1000, 1);
    rig.mmu.fetch(PAGE + 0x2000);
    expect(filledEntries(rig)).toBe(5);
    rig.mmu.flush();
    expect(filledEntries(rig)).toBe(2);
    expect(lookup(rig, supervisor.write, PAGE)).toBe(RAM + PAGE);
    rig.mmu.flushAll();
    expect(filledEntries(rig)).toBe(0);
  });

  it('invalidates one page, global or not', () => {
    enablePaging(rig, 0x8001_0001, MODE_PGE);
    setPage(rig, PAGE, PAGE | P | W | U | G);
    rig.mmu.linear.write8(PAGE, 1);
    rig.mmu.linear.write8(PAGE + 0x1000, 1);
    rig.mmu.invalidatePage(PAGE + 0x123);
    expect(lookup(rig, supervisor.read, PAGE)).toBeLessThan(0);
    expect(lookup(rig, supervisor.read, PAGE + 0x1000)).toBe(RAM + PAGE + 0x1000);
  });

  it('invalidates a large page through any address in it', () => {
    enablePaging(rig, 0x8001_0001, 1 << 4);
    rig.physical.write32(DIRECTORY + (HIGH >>> 22) * 4, P | W | PS);
    rig.mmu.linear.write8(HIGH + 0x5000, 1);
    rig.mmu.linear.write8(HIGH + 0x8000, 1);
    rig.mmu.invalidatePage(HIGH + 0x20_0000);
    expect(lookup(rig, supervisor.read, HIGH + 0x5000)).toBeLessThan(0);
    expect(lookup(rig, supervisor.write, HIGH + 0x8000)).toBeLessThan(0);
  });

  it('survives more fills than it keeps a record of', () => {
    rig.state.set(STATE.cr0, 1);
    enablePaging(rig, 0x8001_0001, 1 << 4);
    for (let entry = 1; entry < 200; entry++) rig.physical.write32(DIRECTORY + entry * 4, P | W | U | PS | D);
    for (let linear = 0x40_0000; linear < 200 * 0x40_0000; linear += 0x1000) rig.mmu.linear.write8(linear, 1);
    expect(lookup(rig, supervisor.write, 199 * 0x40_0000)).toBe(RAM);
    rig.mmu.flush();
    expect(filledEntries(rig)).toBe(0);
  });
});

describe('translated code', () => {
  const protect = (page: number): void => {
    rig.codePages[page] = 1;
    rig.mmu.tlb.protectPage(page);
  };

  it('takes stores off the fast path through every mapping, and reports them', () => {
    enablePaging(rig);
    setPage(rig, PAGE + 0x1000, PAGE | USER_PAGE);
    rig.mmu.linear.write8(PAGE, 1);
    rig.mmu.linear.write8(PAGE + 0x1000, 1);
    rig.mmu.linear.write8(PAGE + 0x2000, 1);
    protect(PAGE >>> 12);
    expect(lookup(rig, supervisor.write, PAGE)).toBeLessThan(0);
    expect(lookup(rig, supervisor.write, PAGE + 0x1000)).toBeLessThan(0);
    expect(lookup(rig, supervisor.read, PAGE)).toBe(RAM + PAGE);
    expect(lookup(rig, supervisor.write, PAGE + 0x2000)).toBe(RAM + PAGE + 0x2000);
    rig.mmu.linear.write32(PAGE + 0x1010, 5);
    rig.mmu.linear.write16(PAGE + 0x2fff, 5);
    expect(rig.codeWrites).toEqual([[PAGE + 0x10, 4]]);
    expect(rig.state.ram[PAGE + 0x10]).toBe(5);
    expect(lookup(rig, supervisor.write, PAGE + 0x1000)).toBeLessThan(0);
  });

  it('is noticed when the one mapping has moved on', () => {
    enablePaging(rig);
    rig.mmu.linear.write8(PAGE, 1);
    setPage(rig, PAGE, (PAGE + 0x5000) | USER_PAGE);
    rig.mmu.linear.write8(PAGE, 1);
    protect(PAGE >>> 12);
    expect(lookup(rig, supervisor.write, PAGE)).toBe(RAM + PAGE + 0x5000);
  });

  it('lets the page be entered again once it holds none', () => {
    protect(PAGE >>> 12);
    rig.mmu.linear.write8(PAGE, 1);
    rig.codePages[PAGE >>> 12] = 0;
    rig.mmu.linear.write8(PAGE, 2);
    expect(lookup(rig, supervisor.write, PAGE)).toBe(RAM + PAGE);
    expect(rig.codeWrites).toEqual([[PAGE, 1]]);
  });

  it('is told of DMA, page by page', () => {
    protect(3);
    protect(4);
    rig.physical.write(0x3ff0, new Uint8Array(0x20).fill(9));
    rig.physical.write(0x5000, Uint8Array.of(1));
    expect(rig.codeWrites).toEqual([
      [0x3ff0, 0x10],
      [0x4000, 0x10],
    ]);
    expect(rig.state.ram[0x400f]).toBe(9);
  });
});

describe('DMA', () => {
  it('stays within RAM', () => {
    expect(() => rig.physical.view(RAM_SIZE - 1, 2)).toThrow(RangeError);
    expect(() => rig.physical.view(-1, 2)).toThrow(RangeError);
    expect(() => rig.physical.write(0xa_0000, Uint8Array.of(1))).toThrow(RangeError);
    expect(() => rig.physical.write(0xb_fff0, new Uint8Array(0x20))).toThrow(RangeError);
    expect(() => rig.physical.write(0xc_0000, Uint8Array.of(1))).toThrow(RangeError);
    expect(rig.physical.view(0xc_0000, 2)).toEqual(Uint8Array.of(0, 0));
  });
});

describe('imports of generated code', () => {
  const { faultVector, faultCode, cr2 } = STATE;
  beforeEach(() => rig.state.set(faultVector, -1));

  it('probe RAM for its host address', () => {
    enablePaging(rig);
    expect(rig.imports.probeRead(PAGE + 4, 8)).toBe(RAM + PAGE + 4);
    expect(rig.imports.probeWrite(PAGE + 0xffc, 4)).toBe(RAM + PAGE + 0xffc);
    expect(lookup(rig, supervisor.write, PAGE)).toBe(RAM + PAGE);
    expect(rig.state.get(faultVector)).toBe(-1);
  });

  it('send devices, ROM writes and page crossings to the slow path', () => {
    expect(rig.imports.probeRead(0xa_0000, 4)).toBe(PROBE.slow);
    expect(rig.imports.probeWrite(0xc_0000, 4)).toBe(PROBE.slow);
    expect(rig.imports.probeRead(0xc_0000, 4)).toBe(RAM + 0xc_0000);
    expect(rig.imports.probeWrite(0xffd, 4)).toBe(PROBE.slow);
    rig.imports.slowWrite(0xffd, 4, 0x0403_0201);
    expect(rig.imports.slowRead(0xffe, 2)).toBe(0x0302);
    expect(rig.imports.slowRead(0xfff, 1)).toBe(3);
    expect(rig.state.get(faultVector)).toBe(-1);
  });

  it('record page faults, of the second page too', () => {
    enablePaging(rig);
    setPage(rig, PAGE, 0);
    expect(rig.imports.probeRead(PAGE, 1)).toBe(PROBE.fault);
    expect([rig.state.get(faultVector), rig.state.get(faultCode), rig.state.get(cr2)]).toEqual([14, 0, PAGE]);
    rig.state.set(faultVector, -1);
    expect(rig.imports.probeWrite(PAGE - 1, 2)).toBe(PROBE.fault);
    expect([rig.state.get(faultVector), rig.state.get(faultCode), rig.state.get(cr2)]).toEqual([14, 2, PAGE]);
    rig.state.set(faultVector, -1);
    rig.cpu.setCpl(3);
    rig.imports.slowWrite(PAGE - 2, 4, -1);
    expect([rig.state.get(faultVector), rig.state.get(faultCode), rig.state.get(cr2)]).toEqual([14, 6, PAGE]);
    expect(rig.state.ram[PAGE - 2]).toBe(0);
  });

  it('let stores beside translated code through, and only those', () => {
    rig.codePages[3] = 1;
    rig.code.push({ start: 0x3100, end: 0x3120 });
    expect(rig.imports.probeWrite(0x3120, 4)).toBe(RAM + 0x3120);
    expect(rig.imports.probeWrite(0x30fd, 4)).toBe(PROBE.slow);
    expect(lookup(rig, supervisor.write, 0x3000)).toBeLessThan(0);
    rig.imports.slowWrite(0x30fd, 4, 1);
    expect(rig.codeWrites).toEqual([[0x30fd, 4]]);
  });
});

/**
 * Translations kept over switches of CR3 are never stale: page tables change at random, in every way that kernels
 * announce and in those that Linux does not, and each read must see what the tables say. The program runs in ring 0
 * with the memory mapped one to one by large pages; what is tested lies above.
 */
import { describe, expect, test } from 'vitest';
import { ENTRY_FLAG, FLUSH, LAZY_MODE, PAGE_FLAG, PAGE_LEVEL } from '../../src/hypervisor/calls.ts';
import { STATE } from '../../translator/layout.ts';
import { Random } from '../support/random.ts';
import { createRig, EAX, ECX, EDX, Program, type Rig } from './rig.ts';

const [P, W, U, A, D, PS] = [1, 2, 4, 0x20, 0x40, 0x80];
const CR0_PAGING = 0x8001_0011 | 0;
const CR4 = { pse: 0x10, pae: 0x20 };

const SPACES = 4;
/** Linear addresses under test: pages of two page tables. */
const AREA = 0x0800_0000;
const TABLES = 2;
const PAGES = 6;
/** Physical. */
const TOP = 0x10_0000;
const DIRECTORY = 0x11_0000;
const TABLE = 0x12_0000;
const FRAMES = 0x20_0000;
const FRAME_COUNT = 64;

interface Format {
  readonly pae: boolean;
  readonly entrySize: number;
  /** Linear bytes that a page table maps. */
  readonly span: number;
}
const FORMATS: readonly Format[] = [
  { pae: false, entrySize: 4, span: 1 << 22 },
  { pae: true, entrySize: 8, span: 1 << 21 },
];

/** The page tables of all spaces in guest memory, and a program to change and to read through them. */
class Machine {
  readonly rig: Rig;
  readonly format: Format;
  current = 0;
  #faulted = false;

  constructor(rig: Rig, format: Format) {
    this.rig = rig;
    this.format = format;
    rig.onFault = () => {
      this.#faulted = true;
      rig.cpu.halt();
      return true;
    };
    for (let frame = 0; frame < FRAME_COUNT; frame++) rig.setWord(FRAMES + frame * 4096, 0xf000 + frame);
    for (let space = 0; space < SPACES; space++) this.build(space);
    const { cpu } = rig;
    cpu.state.set(STATE.cr4, format.pae ? CR4.pae : CR4.pse);
    this.#run(new Program().set(EAX, this.cr3(0)).raw(0x0f, 0x22, 0xd8).set(EAX, CR0_PAGING).raw(0x0f, 0x22, 0xc0));
    this.#run(new Program().init());
    expect(cpu.mmu.spaces.active).toBe(true);
  }

  cr3(space: number): number {
    return this.format.pae ? TOP + space * 4096 : this.directory(space);
  }
  directory(space: number): number {
    return DIRECTORY + space * 4096;
  }
  table(space: number, table: number): number {
    return TABLE + (space * TABLES + table) * 4096;
  }
  linear(table: number, page: number): number {
    return AREA + table * this.format.span + page * 4096;
  }
  /** Physical address of an entry for a page of the area. */
  entry(space: number, table: number, page: number): number {
    return this.table(space, table) + page * this.format.entrySize;
  }

  /** Fills in the upper tables, with nothing announced; the area is empty. */
  build(space: number): void {
    const { setWord } = this.rig;
    const { pae, entrySize, span } = this.format;
    this.clear(this.directory(space));
    for (let at = 0; at < 4 << 20; at += span) {
      setWord(this.directory(space) + (at / span) * entrySize, at | P | W | U | PS);
    }
    for (let table = 0; table < TABLES; table++) {
      this.clear(this.table(space, table));
      setWord(this.directory(space) + (AREA / span + table) * entrySize, this.table(space, table) | P | W | U);
    }
    if (pae) setWord(this.cr3(space), this.directory(space) | P, 0);
  }
  clear(page: number): void {
    this.rig.cpu.physical.write(page, new Uint8Array(4096));
  }

  #run(program: Program): void {
    this.rig.run(program.halt());
  }
  call(name: string, registers: readonly (readonly [number, number])[], ...stack: number[]): void {
    const program = new Program();
    for (const value of stack.toReversed()) program.push(value);
    for (const [register, value] of registers) program.set(register, value);
    this.#run(program.call(name));
    expect(this.#faulted, name).toBe(false);
  }
  setEntry(at: number, value: number, flags: number): void {
    if (this.format.pae)
      this.call(
        'SetPxELong',
        [
          [EAX, value],
          [EDX, 0],
          [ECX, at],
        ],
        flags,
      );
    else
      this.call('SetPxE', [
        [EAX, value],
        [EDX, at],
        [ECX, flags],
      ]);
  }
  updateEntry(at: number, flags: number): void {
    this.call(this.format.pae ? 'UpdatePxELong' : 'UpdatePxE', [
      [EAX, at],
      [EDX, flags],
    ]);
  }
  switchTo(space: number): void {
    this.call('SetCR3', [[EAX, this.cr3(space)]]);
    this.current = space;
  }

  /** Reads through the MMU: the frame that answers, or -1 for a page fault. */
  read(table: number, page: number): number {
    this.#faulted = false;
    this.#run(new Program().raw(0xa1, ...[0, 8, 16, 24].map((shift) => (this.linear(table, page) >>> shift) & 0xff)));
    const faulted = this.#faulted;
    this.#faulted = false;
    return faulted ? -1 : this.rig.cpu.state.gpr(EAX) - 0xf000;
  }
  /** What the tables in memory say. */
  truth(table: number, page: number): number {
    const value = this.rig.word(this.entry(this.current, table, page));
    return value & P ? ((value & ~0xfff) - FRAMES) / 4096 : -1;
  }
  check(): void {
    for (let table = 0; table < TABLES; table++) {
      for (let page = 0; page < PAGES; page++) {
        expect(this.read(table, page), `page ${page} of table ${table}`).toBe(this.truth(table, page));
      }
    }
  }

  /** Flags for a page of a space, as Linux gives them: with the address where the space is the current one. */
  flags(space: number, table: number, page: number, level: number = PAGE_LEVEL.pt): number {
    if (space !== this.current) return level;
    return level | ENTRY_FLAG.currentAddressSpace | this.linear(table, page);
  }

  /** A space goes: its entries are cleared unannounced, its tables given up. Then a new one takes their place. */
  replace(space: number, random: Random): void {
    const { pae, entrySize, span } = this.format;
    const family = pae ? PAGE_FLAG.pae : 0;
    for (let table = 0; table < TABLES; table++) {
      this.clear(this.table(space, table));
      const at = this.directory(space) + (AREA / span + table) * entrySize;
      if (random.oneIn(2)) this.setEntry(at, 0, PAGE_LEVEL.pd);
      this.call('ReleasePage', [
        [EAX, this.table(space, table) / 4096],
        [EDX, PAGE_LEVEL.pt | family],
      ]);
    }
    // Without PAE a page directory may be reused with neither call; with it the top level always is.
    const told = pae || random.oneIn(2);
    if (told)
      this.call('ReleasePage', [
        [EAX, this.directory(space) / 4096],
        [EDX, PAGE_LEVEL.pd | family],
      ]);
    this.build(space);
    for (let table = 0; table < TABLES; table++) {
      this.randomTable(space, table, random);
      const page = this.table(space, table) / 4096;
      this.call(
        'AllocatePage',
        [
          [EAX, page],
          [EDX, PAGE_LEVEL.pt | family],
          [ECX, 0],
        ],
        0,
        0,
      );
    }
    const clone = PAGE_LEVEL.pd | family | PAGE_FLAG.clone;
    const page = this.directory(space) / 4096;
    if (told)
      this.call(
        'AllocatePage',
        [
          [EAX, page],
          [EDX, clone],
          [ECX, 0],
        ],
        768,
        256,
      );
  }
  /** Entries that a new table begins with. */
  randomTable(space: number, table: number, random: Random): void {
    for (let page = 0; page < PAGES; page++) this.rig.setWord(this.entry(space, table, page), someEntry(random));
  }
}

const someEntry = (random: Random): number =>
  random.oneIn(3) ? 0 : (FRAMES + random.below(FRAME_COUNT) * 4096) | P | U | random.pick([0, W, A, W | A | D]);

/** One thing that a kernel does. */
type Action = (machine: Machine, random: Random) => void;
const place = (random: Random): [number, number, number] => [
  random.below(SPACES),
  random.below(TABLES),
  random.below(PAGES),
];

const changeAnnounced: Action = (machine, random) => {
  const [space, table, page] = place(random);
  machine.setEntry(machine.entry(space, table, page), someEntry(random), machine.flags(space, table, page));
};
/** The level is not told reliably, nor is the address always. */
const changeBarely: Action = (machine, random) => {
  const [space, table, page] = place(random);
  machine.setEntry(
    machine.entry(space, table, page),
    someEntry(random),
    random.pick([0, PAGE_LEVEL.pt, PAGE_LEVEL.pd]),
  );
};
const updateAfterStore: Action = (machine, random) => {
  const [space, table, page] = place(random);
  const at = machine.entry(space, table, page);
  machine.rig.setWord(at, someEntry(random));
  machine.updateEntry(at, machine.flags(space, table, page));
};
const changeLazily: Action = (machine, random) => {
  machine.call('SetLazyMode', [[EAX, LAZY_MODE.mmu]]);
  for (let n = random.below(100); n >= 0; n--)
    random.pick([changeAnnounced, changeBarely, updateAfterStore])(machine, random);
  machine.call('SetLazyMode', [[EAX, LAZY_MODE.none]]);
};
/** For a while a space shares a table with another one, at the same place or elsewhere. */
const swapTables: Action = (machine, random) => {
  const { entrySize, span } = machine.format;
  const space = random.below(SPACES);
  const table = random.below(TABLES);
  const at = machine.directory(space) + (AREA / span + table) * entrySize;
  const shared = machine.table((space + 1) % SPACES, 0);
  machine.setEntry(at, shared | P | W | U, machine.flags(space, table, 0, PAGE_LEVEL.pd));
  machine.switchTo(space);
  const page = random.below(PAGES);
  machine.read(table, page);
  machine.switchTo((space + 1) % SPACES);
  machine.read(0, page);
  const value = someEntry(random);
  machine.setEntry(shared + page * entrySize, value, PAGE_LEVEL.pt);
  machine.switchTo(space);
  expect(machine.read(table, page)).toBe(value & P ? ((value & ~0xfff) - FRAMES) / 4096 : -1);
  machine.setEntry(at, machine.table(space, table) | P | W | U, machine.flags(space, table, 0, PAGE_LEVEL.pd));
};
const replaceSpace: Action = (machine, random) => {
  const space = random.below(SPACES);
  if (space !== machine.current) machine.replace(space, random);
};
const forget: Action = (machine, random) => {
  if (random.oneIn(2)) machine.call('FlushTLB', [[EAX, random.pick([FLUSH.tlb, FLUSH.tlb | FLUSH.global])]]);
  else machine.call('InvalPage', [[EAX, machine.linear(random.below(TABLES), random.below(PAGES))]]);
};
const look: Action = (machine, random) => {
  machine.read(random.below(TABLES), random.below(PAGES));
};
const moveOn: Action = (machine, random) => machine.switchTo(random.below(SPACES));

const ACTIONS: readonly Action[] = [
  changeAnnounced,
  changeBarely,
  updateAfterStore,
  changeLazily,
  swapTables,
  replaceSpace,
  forget,
  look,
  look,
  look,
  moveOn,
  moveOn,
  moveOn,
];

describe.each(FORMATS)('PAE $pae', (format) => {
  test.each([
    ['interpreted', { jit: false }, 400, 1],
    ['interpreted', { jit: false }, 400, 2],
    ['translated', { threshold: 0 }, 60, 3],
  ])('no change leaves a stale translation behind (%s, %o, %d steps, seed %d)', async (_, engine, steps, seed) => {
    const machine = new Machine(await createRig(engine), format);
    const random = new Random(seed);
    for (let n = 0; n < steps; n++) {
      random.pick(ACTIONS)(machine, random);
      machine.check();
    }
    const { spaces } = machine.rig.cpu.mmu;
    expect(Math.min(spaces.switchesKept, spaces.restored, spaces.batched)).toBeGreaterThan(2);
  });

  test('a switch back finds the translations that were left, and no page is walked for again', async () => {
    const machine = new Machine(await createRig({ jit: false }), format);
    const { mmu } = machine.rig.cpu;
    for (const space of [1, 2]) {
      machine.switchTo(space);
      machine.randomTable(space, 0, new Random(space));
      machine.check();
    }
    machine.switchTo(1);
    const misses = mmu.tlb.misses;
    for (const space of [2, 1, 2]) {
      machine.switchTo(space);
      for (let page = 0; page < PAGES; page++) if (machine.truth(0, page) >= 0) machine.read(0, page);
    }
    expect(mmu.tlb.misses).toBe(misses);
    expect(mmu.spaces.switchesKept).toBe(4);
  });

  test('a CR3 load that is not announced forgets everything', async () => {
    const machine = new Machine(await createRig({ jit: false }), format);
    const { rig } = machine;
    machine.switchTo(1);
    rig.setWord(machine.entry(1, 0, 0), (FRAMES + 4096) | P | U);
    expect(machine.read(0, 0)).toBe(1);
    machine.switchTo(0);
    rig.setWord(machine.entry(1, 0, 0), (FRAMES + 8192) | P | U);
    // MOV CR3, EAX
    rig.run(new Program().set(EAX, machine.cr3(0)).raw(0x0f, 0x22, 0xd8).halt());
    machine.switchTo(1);
    expect(machine.read(0, 0)).toBe(2);
  });
});

test('PAE: a top-level entry that is zapped and filled anew unannounced takes its translations with it', async () => {
  const machine = new Machine(await createRig({ jit: false }), FORMATS[1]!);
  const { rig } = machine;
  rig.setWord(machine.entry(1, 0, 0), (FRAMES + 4096) | P | U);
  rig.setWord(machine.entry(2, 0, 0), (FRAMES + 8192) | P | U);
  machine.switchTo(1);
  expect(machine.read(0, 0)).toBe(1);
  machine.switchTo(0);
  rig.setWord(machine.cr3(1), machine.directory(2) | P, 0);
  machine.switchTo(1);
  expect(machine.read(0, 0)).toBe(2);
});

test('what was translated meanwhile stays protected when its translations come back', async () => {
  const machine = new Machine(await createRig({ jit: false }), FORMATS[0]!);
  const { rig } = machine;
  rig.setWord(machine.entry(1, 0, 0), FRAMES | P | W | U | A | D);
  machine.switchTo(1);
  expect(machine.read(0, 0)).toBe(0);
  machine.switchTo(0);
  rig.cpu.codePages[FRAMES / 4096] = 1;
  machine.switchTo(1);
  const { state } = rig.cpu;
  expect(state.get(state.get(STATE.tlbWrite) + (AREA >>> 12) * 4) + AREA).toBeGreaterThan(0x7fff_ffff);
  expect(machine.read(0, 0)).toBe(0);
});

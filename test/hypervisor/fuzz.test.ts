/**
 * A hostile kernel calls the hypervisor with anything: wrong numbers, wild pointers, page tables that are none, calls
 * through half patched sites and from ring 3. It gets its faults or results, the same in every engine, and the host's
 * memory beside the guest's stays whole. The budget is fixed, and the programs are the same in every run.
 */
import { expect, test } from 'vitest';
import { CALLS } from '../../src/hypervisor/calls.ts';
import { HEADER, ROM_BASE, ROM_SIZE, SLOTS } from '../../src/hypervisor/rom.ts';
import type { EngineOptions } from '../../src/machine/api.ts';
import {
  ACCESS_EXIT_ENTRIES,
  ACCESS_EXITS,
  CHANGED_ENTRIES,
  CHANGED_LIMIT,
  FILLED,
  FILLED_LIMIT,
  FILLED_WORDS,
  HEAT,
  HEAT_ENTRIES,
  HOST_CALL_SIZE,
  HOST_CALLS,
  HOST_SITE_ENTRIES,
  HOST_SITE_SIZE,
  HOST_SITES,
  LARGE_REGIONS,
  LED_TO,
  LED_TO_ENTRIES,
  LINK_ENTRIES,
  LINK_SIZE,
  LINKS,
  MOST_PAGES,
  PAGES,
  RAM,
  TLB_TABLE_SIZE,
  TLB_TABLES,
  tlbMiss,
} from '../../translator/layout.ts';
import { Random } from '../support/random.ts';
import { CODE, createRig, DATA, EAX, ECX, EDI, EDX, Program, RAM_SIZE, type Rig, STACK, slot } from './rig.ts';

const ROUNDS = 250;
const CALLS_A_ROUND = 12;
const PATIENCE_MS = 180_000;
/** What stays unused of the host's memory around what is known of the TLB and of pages. */
const GAPS = [
  { from: CHANGED_ENTRIES + CHANGED_LIMIT * 4, to: LED_TO },
  { from: LED_TO + LED_TO_ENTRIES * 4, to: ACCESS_EXITS },
  { from: ACCESS_EXITS + ACCESS_EXIT_ENTRIES * 4, to: LARGE_REGIONS },
  { from: FILLED.global + FILLED_WORDS + FILLED_LIMIT * 4, to: HOST_CALLS },
  { from: HOST_CALLS + (ROM_SIZE >> 3) * HOST_CALL_SIZE, to: HOST_SITES },
  { from: HOST_SITES + HOST_SITE_ENTRIES * HOST_SITE_SIZE, to: LINKS },
  { from: LINKS + LINK_ENTRIES * LINK_SIZE, to: HEAT },
  { from: HEAT + HEAT_ENTRIES * 4, to: TLB_TABLES.supervisor.read },
  { from: PAGES.regions + MOST_PAGES * 4, to: RAM },
];

const VALUES = [
  0,
  1,
  2,
  3,
  7,
  -1,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_f000,
  0xfee0_0000,
  ROM_BASE,
  RAM_SIZE,
  RAM_SIZE - 1,
];
const NEAR = [DATA, CODE, STACK, ROM_BASE + SLOTS, RAM_SIZE, 0];
const value = (random: Random): number => {
  if (random.oneIn(3)) return random.pick(VALUES);
  if (random.oneIn(2)) return random.pick(NEAR) + random.below(64) - 16;
  return random.next() >>> random.below(32);
};

/** One call of a wild kind, with wild arguments; the stack is right before it. */
const wildCall = (random: Random): Program => {
  const program = new Program();
  for (const register of [EAX, ECX, EDX, EDI, 3, 6]) program.set(register, value(random));
  for (let n = random.below(4); n > 0; n--) program.push(value(random));
  const { name } = random.pick(CALLS);
  const target = random.pick([
    slot(name),
    slot(name),
    slot(name),
    slot(name) + random.below(8),
    ROM_BASE + random.below(ROM_SIZE),
  ]);
  switch (random.below(8)) {
    case 0:
      return program.callAddress(ROM_BASE + random.pick([HEADER.init, HEADER.getReloc])).halt();
    case 1:
      // MOV DWORD [DATA], target; CALL [DATA]
      return program
        .raw(0xc7, 0x05, ...bytes(DATA), ...bytes(target))
        .callPointer(DATA)
        .halt();
    case 2:
      // A site half patched: the call is cut off by what was there.
      return program.raw(0xe8, ...random.bytes(random.below(4))).halt();
    case 3:
      // PUSH target; RET: nobody to return to.
      return program.push(target).raw(0xc3);
    case 4:
      // From ring 3, by IRET.
      return program.push(0x23).push(STACK).push(0x3202).push(0x1b).push(target).raw(0xcf);
    default:
      return program.callAddress(target).halt();
  }
};

const bytes = (word: number): number[] => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff);

/** Runs all rounds; the state after each. */
const runAll = async (engine: EngineOptions, rounds: number): Promise<string[]> => {
  const rig = await createRig(engine);
  const random = new Random(7);
  const states: string[] = [];
  for (let round = 0; round < rounds; round++) {
    rig.reset();
    rig.cpu.physical.write(0, new Uint8Array(0x800));
    rig.onFault = () => {
      rig.cpu.halt();
      return true;
    };
    rig.run(new Program().init().halt());
    for (let n = 0; n < CALLS_A_ROUND; n++) {
      rig.run(wildCall(random), 60);
      rig.clock.runDue();
    }
    states.push(stateOf(rig));
    if (round % 25 === 0) checkHost(rig);
  }
  return states;
};

const stateOf = ({ cpu }: Rig): string => {
  const { state } = cpu;
  let sum = 0;
  const words = state.i32.subarray(RAM >> 2, (RAM + RAM_SIZE) >> 2);
  for (const word of words) sum = (Math.imul(sum, 31) + word) | 0;
  const registers = [0, 1, 2, 3, 4, 5, 6, 7].map((register) => state.gpr(register));
  return [sum, ...registers, cpu.readEflags(), cpu.instructions].join(' ');
};

/** Every translation leads into the guest's memory, and what lies between the host's own tables is untouched. */
const checkHost = ({ cpu: { state } }: Rig): void => {
  for (const { from, to } of GAPS)
    expect(state.i32.subarray(from >> 2, to >> 2).every((word) => word === 0)).toBe(true);
  let wrong = 0;
  for (const { read, write, exec } of Object.values(TLB_TABLES)) {
    for (let page = 0; page < TLB_TABLE_SIZE >> 2; page++) {
      for (const table of [read, write]) {
        const entry = state.i32[(table >> 2) + page]!;
        if (entry !== tlbMiss(page) && !isGuests((entry + (page << 12)) | 0)) wrong++;
      }
      const host = state.i32[(exec >> 2) + page]!;
      if (host !== 0 && !isGuests(host - 1)) wrong++;
    }
  }
  expect(wrong).toBe(0);
};
const isGuests = (host: number): boolean => host >= RAM && host < RAM + RAM_SIZE;

test(
  `${ROUNDS * CALLS_A_ROUND} wild calls leave the host whole`,
  async () => {
    expect(await runAll({ jit: false }, ROUNDS)).toHaveLength(ROUNDS);
  },
  PATIENCE_MS,
);

test(
  'wild calls end alike in every engine',
  async () => {
    const rounds = 4;
    const interpreted = await runAll({ jit: false }, rounds);
    expect(await runAll({ threshold: 0 }, rounds)).toEqual(interpreted);
    expect(await runAll({ threshold: 0, regionLimit: 1 }, rounds)).toEqual(interpreted);
  },
  PATIENCE_MS,
);

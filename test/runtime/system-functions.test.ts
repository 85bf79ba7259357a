/**
 * The system functions of the core module against the runtime, which does an instruction with a prefix by itself:
 * random descriptors, frames and flags, most of them plain, each with something odd now and then.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { CS, EFLAGS, SEG_ACCESS, SEG_SELECTOR, SS, STATE, STATE_SIZE, segment, TR } from '../../translator/layout.ts';
import { Random } from '../support/random.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const GDT = 0x8000;
const IDT = 0x9000;
const TSS = 0xa000;
const STACK = 0xbf00;
const INNER_STACK = 0xcf00;
const HANDLERS = 0xd000;
const USER = 0xe000;
const VECTOR = 0x80;
const [NOP, HLT, DS_PREFIX] = [0x90, 0xf4, 0x3e];
const SELECTOR = { code0: 0x08, data0: 0x10, code3: 0x1b, data3: 0x23, thread: 0x33 };
/** Words that need not be alike: pointers of the engines. */
const SCRATCH = [STATE.instruction, STATE.fetchBuffer, STATE.scratch, STATE.counters, STATE.deliveryWatched];

interface Side {
  readonly processor: Processor;
  /** Calls of updateMode: none when the runtime had nothing to do. */
  updates: number;
}

const newSide = async (jit = false): Promise<Side> => {
  const processor = await flatProcessor(jit, []);
  const side = { processor, updates: 0 };
  const { updateMode } = processor;
  processor.updateMode = () => {
    side.updates++;
    updateMode.call(processor);
  };
  return side;
};

const words = (processor: Processor, at: number, ...values: number[]): void =>
  processor.physical.write(at, new Uint8Array(Int32Array.from(values).buffer));
const descriptor = (access: number, base = 0): [number, number] => [
  0xffff | (base << 16),
  0x00cf_0000 | (access << 8) | ((base >>> 16) & 0xff) | (base & 0xff00_0000),
];

/** Everything that a trial begins with; `odd` now and then changes something of it. */
const arrange = ({ processor }: Side, random: Random, cpl: 0 | 3, frame: readonly number[]): void => {
  const { state } = processor;
  processor.powerOn();
  state.ram.fill(0, GDT, USER);
  for (let seg = 0; seg < 6; seg++) {
    // As in a kernel that is about to return: what the program will use is loaded.
    const level = seg === CS || seg === SS ? cpl : 3;
    const selector = seg === CS ? [SELECTOR.code0, SELECTOR.code3] : [SELECTOR.data0, SELECTOR.data3];
    const access = (seg === CS ? 0xc09b : 0xc093) | (level << 5);
    state.setSegment(seg, selector[level ? 1 : 0]!, 0, 0xffff_ffff, access);
  }
  state.set(STATE.cr0, 0x11);
  state.set(STATE.gdtBase, GDT);
  state.set(STATE.gdtLimit, 0x3f);
  state.set(STATE.idtBase, IDT);
  state.set(STATE.idtLimit, 0x7ff);
  state.setSegment(TR, 0x28, TSS, 0x67, 0x8b);
  state.set(STATE.sysenterCs, SELECTOR.code0);
  state.set(STATE.sysenterEsp, INNER_STACK);
  state.set(STATE.sysenterEip, HANDLERS);
  const kinds = [0, 0x9b, 0x93, 0xfb, 0xf3, 0x8b, 0xf3];
  kinds.forEach((access, n) => {
    words(processor, GDT + n * 8, ...descriptor(access, n === 6 ? 0x12_3000 : 0));
  });
  for (let vector = 0; vector < 256; vector++) {
    const access = vector === VECTOR ? 0xee : 0x8e;
    words(processor, IDT + vector * 8, (SELECTOR.code0 << 16) | (HANDLERS + vector), access << 8);
  }
  processor.physical.write(HANDLERS, new Uint8Array(0x200).fill(NOP));
  processor.physical.write(USER, new Uint8Array(16).fill(NOP));
  words(processor, TSS + 4, INNER_STACK, SELECTOR.data0);
  words(processor, STACK, ...frame);
  for (let n = 0; n < 8; n++) state.setGpr(n, random.next());
  state.setGpr(4, STACK);
  processor.writeEflags(random.next() & (0x8d5 | EFLAGS.IF | EFLAGS.DF | EFLAGS.IOPL | EFLAGS.ID));
  processor.setCpl(cpl);
  processor.updateMode();
  // The TLB knows what is touched: otherwise nothing would be plain.
  const { system } = processor.mmu.linear;
  for (const page of [GDT, IDT, TSS, STACK - 0x1000, STACK, INNER_STACK, INNER_STACK - 0x1000])
    system.write8(page, system.read8(page));
  for (const page of [CODE, HANDLERS, USER]) processor.mmu.fetch(page);
};

/** Changes one thing, the same on both sides. */
const odd = (sides: readonly Side[], random: Random): void => {
  const changes: ((processor: Processor) => void)[] = [];
  const bit = 1 << random.below(8);
  const at = random.below(0x38);
  const word = random.next();
  const tables = [GDT + at, IDT + VECTOR * 8 + (at & 7), TSS + 4 + (at & 7), STACK + (at & 31)];
  const place = tables[random.below(tables.length)]!;
  changes.push((p) => p.physical.write(place, Uint8Array.of(p.state.ram[place]! ^ bit)));
  changes.push((p) => p.writeEflags(p.readEflags() ^ (EFLAGS.NT | (word & EFLAGS.AC))));
  changes.push((p) => p.state.setGpr(4, STACK + (word & 0xfff) - 0x800));
  changes.push((p) => p.state.set(STATE.gdtLimit, word & 0x3f));
  changes.push((p) => p.state.set(STATE.idtLimit, word & 0x7ff));
  changes.push((p) => p.state.set(segment(word & 3) + SEG_ACCESS, word & 0xf0ff));
  changes.push((p) => p.state.set(STATE.sysenterCs, word & 0xffff));
  changes.push((p) => p.state.set(STATE.cr0, 0x11 | (word & 0x4_0000)));
  changes.push((p) => p.state.set(STATE.nmiBlocked, 1));
  changes.push((p) => p.state.set(segment(TR) + SEG_ACCESS, 0x83));
  changes.push((p) => p.state.set(segment(SS) + SEG_SELECTOR, word & 0xffff));
  const change = changes[random.below(changes.length)]!;
  for (const { processor } of sides) {
    change(processor);
    processor.updateMode();
  }
};

const stateOf = ({ processor }: Side): number[] => {
  const state = processor.state.i32.slice(0, STATE_SIZE >> 2);
  for (const at of SCRATCH) state.fill(0, at >> 2, (at >> 2) + 16);
  return [...state];
};
const memoryOf = ({ processor }: Side): Buffer => Buffer.from(processor.state.ram.subarray(GDT, USER));

describe('the core module does as the runtime does', () => {
  let core: Side;
  let runtime: Side;
  beforeAll(async () => {
    core = await newSide();
    runtime = await newSide();
  });

  const image = (random: Random, cpl: number): number =>
    2 | (random.next() & (0x8d5 | EFLAGS.IF | EFLAGS.DF | EFLAGS.ID | (cpl ? 0 : EFLAGS.IOPL)));
  const cases: [string, number[], 0 | 3, (random: Random) => number[]][] = [
    ['iret to the same level', [0xcf], 0, (random) => [USER, SELECTOR.code0, image(random, 0)]],
    ['iret to level 3', [0xcf], 0, (random) => [USER, SELECTOR.code3, image(random, 3), random.next(), SELECTOR.data3]],
    ['int from level 3', [0xcd, VECTOR], 3, () => []],
    ['int from level 0', [0xcd, VECTOR], 0, () => []],
    ['sysenter', [0x0f, 0x34], 3, () => []],
    ['sysexit', [0x0f, 0x35], 0, () => []],
    ['a fault at level 3', [0x0f, 0x0b], 3, () => []],
    ['a fault with an error code', [0xf4], 3, () => []],
  ];
  test.each(cases)('%s', (_, code, cpl, frame) => {
    const seed = 1 + code[0]! + cpl;
    let plain = 0;
    for (let trial = 0; trial < 600; trial++) {
      for (const side of [core, runtime]) arrange(side, new Random(seed * 1000 + trial), cpl, frame(new Random(trial)));
      const random = new Random(seed * 2000 + trial);
      if (cpl === 0 && code[0] === 0x0f) for (const { processor } of [core, runtime]) processor.state.setGpr(2, USER);
      if (trial % 3) odd([core, runtime], random);
      runtime.processor.physical.write(CODE - 1, Uint8Array.of(DS_PREFIX, ...code));
      core.processor.physical.write(CODE - 1, Uint8Array.of(NOP, ...code));
      // Faults are taken by the runtime where somebody hears of them; so both may begin at the same EIP.
      const faults = cpl === 3 && (code[1] === 0x0b || code[0] === HLT);
      runtime.processor.onDelivery = faults ? () => {} : undefined;
      runtime.processor.state.set(STATE.eip, faults ? CODE : CODE - 1);
      core.processor.state.set(STATE.eip, CODE);
      const delivered = [core, runtime].map(({ processor }) => Uint32Array.from(processor.delivered));
      core.updates = 0;
      for (const { processor } of [core, runtime]) processor.run(1);
      if (core.updates === 0) plain++;
      const met = [core, runtime].map(({ processor }, n) =>
        [...processor.delivered].flatMap((count, vector) => (count > delivered[n]![vector]! ? [vector] : [])),
      );
      expect(met[0], `trial ${trial}`).toEqual(met[1]);
      expect(core.processor.isShutdown).toBe(runtime.processor.isShutdown);
      // The frame of a fault of the instruction itself holds an EIP that differs by the prefix.
      if (met[0]!.length && !faults) continue;
      expect(stateOf(core), `trial ${trial}`).toEqual(stateOf(runtime));
      expect(memoryOf(core).equals(memoryOf(runtime)), `memory, trial ${trial}`).toBe(true);
    }
    expect(plain).toBeGreaterThan(200);
  });
});

describe('loads of segment registers in regions', () => {
  const [AX, CX] = [0, 1];
  const move = (seg: number, register: number): number[] => [0x8e, 0xc0 | (seg << 3) | register];
  const [ES_, SS_, DS_, FS_, GS_] = [0, 2, 3, 4, 5];
  const programs = [
    [...move(FS_, AX), ...move(GS_, CX), 0x0f, 0xa0, 0x8c, 0xeb, HLT], // push fs; mov ebx, gs
    [...move(ES_, AX), ...move(DS_, CX), 0x06, 0x1e, HLT], // push es; push ds
    [0x0f, 0xa1, 0x07, 0x1f, 0x8c, 0xc3, HLT], // pop fs; pop es; pop ds; mov ebx, es
    [...move(SS_, AX), NOP, ...move(FS_, CX), 0x64, 0xa1, 0, 0xd0, 0, 0, HLT], // mov eax, fs:[d000]
  ];
  test.each([0, 3] as const)('at level %i', async (cpl) => {
    const [translated, plain] = [await newSide(true), await newSide()];
    let quick = 0;
    for (let trial = 0; trial < 300; trial++) {
      const random = new Random(trial * 2 + cpl);
      const selectors = [0, 1, 0x10, 0x13, 0x18, 0x1b, 0x20, 0x23, 0x30, 0x33, 0x37, 0x3b];
      const frame = [random.pick(selectors), random.pick(selectors), random.pick(selectors)];
      const program = random.pick(programs);
      for (const side of [translated, plain]) {
        arrange(side, new Random(trial), cpl, frame);
        const { processor } = side;
        // Every handler ends it.
        processor.physical.write(HANDLERS, new Uint8Array(0x200).fill(HLT));
        processor.physical.write(CODE, Uint8Array.from(program));
        processor.state.setGpr(AX, frame[0]!);
        processor.state.setGpr(CX, frame[1]!);
        processor.state.set(STATE.eip, CODE);
      }
      if (random.oneIn(3)) odd([translated, plain], random);
      translated.updates = plain.updates = 0;
      for (const { processor } of [translated, plain]) processor.run(100);
      if (translated.updates < plain.updates) quick++;
      expect(translated.processor.instructions).toBe(plain.processor.instructions);
      expect(stateOf(translated), `trial ${trial}`).toEqual(stateOf(plain));
      expect(memoryOf(translated).equals(memoryOf(plain)), `memory, trial ${trial}`).toBe(true);
    }
    expect(quick).toBeGreaterThan(40);
  });
});

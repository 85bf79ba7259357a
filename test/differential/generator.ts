/**
 * Random sequences of instructions from the opcode table. The generator executes what it has generated so far, so
 * that memory operands can be aimed: at borders of pages, at unaligned addresses, now and then outside.
 */
import type { Line } from '../../translator/isa/line.ts';
import { OPERANDS } from '../../translator/isa/operands.ts';
import { ARITHMETIC_FLAGS, EFLAGS, GPR_NAMES } from '../../translator/layout.ts';
import { encode, littleEndian, mayBeMemory, mustBeMemory } from '../support/encode.ts';
import { Random } from '../support/random.ts';
import { aimedAddress, randomTarget } from './aim.ts';
import type { EmulatedCpu } from './emulated.ts';
import { UndefinedFlags } from './flags.ts';
import { putFloats, randomFpu } from './fpu-random.ts';
import { CODE, CODE_SIZE, COUNTER, DATA, DATA_SIZE, HLT, STACK, type Start, WRITABLE_SIZE } from './layout.ts';
import { BRANCHES, FAULTING, isSimd, isX87, ORDINARY } from './lines.ts';

/** One instruction, or several that belong together; relative jumps within an item stay right when it moves. */
export type Item = readonly number[];

export interface Sequence {
  readonly seed: number;
  readonly items: readonly Item[];
  /** The items are executed as often as COUNTER says. */
  readonly repeated: boolean;
  readonly start: Start;
}

const LENGTH = { least: 1, most: 12 };
/** Rounds of a sequence that is repeated. */
const ROUNDS = 1000;
/** Steps of one item, loops included. */
const STEPS = 200;
const EDGE_VALUES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];
const ECX = 1;
const ESP = 4;

const edgeValue = (random: Random): number => {
  switch (random.below(4)) {
    case 0:
      return random.next();
    case 1:
      return random.below(64);
    default:
      return (random.pick(EDGE_VALUES) + random.below(3) - 1) >>> 0;
  }
};

/** Pages of edge values, floating-point numbers and noise. */
const randomData = (random: Random): Uint8Array => {
  const data = new Uint8Array(DATA_SIZE);
  const words = new DataView(data.buffer);
  for (let at = 0; at < DATA_SIZE; at += 8) {
    if (random.oneIn(2)) putFloats(random, words, at);
    else for (const offset of [0, 4]) words.setUint32(at + offset, edgeValue(random), true);
  }
  words.setUint32(COUNTER - DATA, 1 + random.below(ROUNDS), true);
  return data;
};

/** Where a sequence starts: registers that are numbers or point into the data. */
const startState = (random: Random): Start => {
  const registers = GPR_NAMES.map(() => (random.oneIn(2) ? edgeValue(random) : randomTarget(random, 4)));
  registers[ESP] = STACK - random.below(64) * (random.oneIn(4) ? 1 : 4);
  return { registers, eflags: randomFlags(random), fpu: randomFpu(random), data: randomData(random), code: codeOf([]) };
};

const randomFlags = (random: Random): number =>
  (random.next() & (ARITHMETIC_FLAGS | (random.oneIn(4) ? EFLAGS.DF : 0))) |
  (random.oneIn(16) ? EFLAGS.AC : 0) |
  EFLAGS.IF |
  2;

const isPointer = (value: number): boolean => value >= DATA && value < DATA + DATA_SIZE;

/** Another start for the same code: pointers stay. */
export const variant = (start: Start, random: Random): Start => ({
  ...start,
  registers: start.registers.map((value) => (isPointer(value) ? value : edgeValue(random))),
  eflags: randomFlags(random),
  fpu: randomFpu(random),
  data: randomData(random),
});

/** What follows the items when they are repeated: DEC [COUNTER]; JNZ to the first. */
export const repetition = (items: readonly Item[]): Item => {
  const count = [0xff, 0x0d, ...littleEndian(COUNTER, 4)];
  return [...count, 0x0f, 0x85, ...littleEndian(-(items.flat().length + count.length + 6), 4)];
};

/** The code page: items one after the other, then HLT to the end. */
export const codeOf = (items: readonly Item[], repeated = false): Uint8Array => {
  const code = new Uint8Array(CODE_SIZE).fill(HLT);
  code.set([...items, ...(repeated ? [repetition(items)] : [])].flat());
  return code;
};

/** Instructions that sequences are about, besides the mixture. */
const SUBJECTS: readonly (readonly Line[])[] = [
  ORDINARY.filter((line) => !isX87(line) && !isSimd(line)),
  ORDINARY.filter(isX87),
  ORDINARY.filter(isSimd),
  ORDINARY,
];

/** Generates the sequence of a seed on a CPU that interprets. */
export const generate = (seed: number, emulated: EmulatedCpu): Sequence => new Generator(seed, emulated).sequence();

/** How an item ended. */
type Ended = 'after it' | 'fault' | 'elsewhere';

class Generator {
  readonly #seed: number;
  readonly #random: Random;
  readonly #emulated: EmulatedCpu;
  readonly #items: Item[] = [];
  #length = 0;
  readonly #notes = new UndefinedFlags();
  readonly #lines: readonly Line[];

  constructor(seed: number, emulated: EmulatedCpu) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#emulated = emulated;
    this.#lines = this.#random.pick(SUBJECTS);
  }

  sequence(): Sequence {
    const start = startState(this.#random);
    this.#emulated.prepare(start);
    const wanted = LENGTH.least + this.#random.below(LENGTH.most);
    let repeated = !this.#random.oneIn(3);
    if (repeated) this.#append(pointersOf(start));
    if (this.#lines.some(isX87) && this.#random.oneIn(2)) this.#append(freshFpu(this.#random));
    for (let tries = 0; this.#items.length < wanted && tries < 4 * LENGTH.most; tries++) {
      const ended = this.#append(this.#item());
      if (ended === 'after it') continue;
      repeated = false;
      break;
    }
    const items = this.#items;
    return { seed: this.#seed, items, repeated, start: { ...start, code: codeOf(items, repeated) } };
  }

  /** Executes an item behind the others and keeps it, unless its first instruction would read undefined flags. */
  #append(item: Item): Ended {
    const { cpu } = this.#emulated;
    const { eip } = cpu.registers;
    this.#emulated.loadCode(Uint8Array.from([...item, HLT]), this.#length);
    const first = this.#emulated.instruction();
    if (first && this.#notes.reads(first) && !this.#random.oneIn(16)) return 'after it';
    this.#items.push(item);
    this.#length += item.length;
    const end = eip + item.length;
    for (let steps = 0; steps < STEPS; steps++) {
      if (cpu.registers.eip === end) return 'after it';
      if (this.#emulated.step(this.#notes) === 'fault') return 'fault';
    }
    return 'elsewhere';
  }

  #item(): Item {
    const random = this.#random;
    switch (random.below(24)) {
      case 0:
        return this.#loop();
      case 1:
      case 2:
      case 3:
        return this.#branch();
      case 4:
        return this.#indirect();
      case 5:
        return this.#setFlags();
      case 6:
        return random.oneIn(4) ? this.#instructionOf(random.pick(FAULTING)) : this.#divide();
      case 7:
        return random.oneIn(4) ? saveFpu(random) : this.#instructionOf(random.pick(this.#lines));
      default:
        return this.#instructionOf(random.pick(this.#lines));
    }
  }

  /** A branch forward over an instruction or two. */
  #branch(): Item {
    const random = this.#random;
    const line = random.pick(BRANCHES);
    const body = this.#body();
    const immediate = (bytes: number) => littleEndian(body.length, bytes);
    return [...this.#encode(line, { immediate }), ...body];
  }

  /** ECX times a short body; a body that changes ECX ends by patience. */
  #loop(): Item {
    const random = this.#random;
    const body = this.#body();
    const set = [0xb8 + ECX, ...littleEndian(1 + random.below(5), 4)];
    if (body.length > 100) return set;
    const opcode = random.pick([0xe0, 0xe1, 0xe2]);
    return [...set, ...body, opcode, -(body.length + 2) & 0xff];
  }

  /** A jump, call or return to an address in a register, in memory or on the stack, over an instruction. */
  #indirect(): Item {
    const random = this.#random;
    const body = this.#body();
    const target = (head: number) => CODE + this.#length + head + body.length;
    const register = random.pick([0, 2, 3, 6, 7]);
    switch (random.below(3)) {
      case 0:
        return [0x68, ...littleEndian(target(6), 4), 0xc3, ...body];
      case 1:
        return [0x68, ...littleEndian(target(9), 4), 0xff, 0x24, 0x24, 0x90, ...body];
      default:
        return [0xb8 + register, ...littleEndian(target(7), 4), 0xff, random.pick([0xe0, 0xd0]) + register, ...body];
    }
  }

  /** POPF of flags that change neither stepping nor alignment checks. */
  #setFlags(): Item {
    const allowed = ARITHMETIC_FLAGS | EFLAGS.DF | EFLAGS.IF | EFLAGS.IOPL | EFLAGS.ID;
    return [0x68, ...littleEndian(this.#random.next() & allowed, 4), 0x9d];
  }

  /** A division with a dividend that often fits. */
  #divide(): Item {
    const random = this.#random;
    const extension = random.pick([6, 7]);
    const register = random.pick([1, 3, 5, 6, 7]);
    const widen = random.pick([[0x99], [0x31, 0xd2], [0x98], [0xb4, 0]]);
    return [...widen, 0xf6 | random.below(2), 0xc0 | (extension << 3) | register];
  }

  #body(): number[] {
    const random = this.#random;
    return Array.from({ length: 1 + random.below(2) }, () => this.#instructionOf(random.pick(this.#lines))).flat();
  }

  #instructionOf(line: Line): Item {
    return this.#encode(line, {});
  }

  #encode(line: Line, { immediate }: { immediate?: (bytes: number) => readonly number[] }): number[] {
    const random = this.#random;
    const { registers } = this.#emulated.cpu;
    const relative = immediate !== undefined;
    const operandSize = !relative && line.prefix < 0 && random.oneIn(4) ? 16 : 32;
    // Little of the first 64 KB is mapped: none.
    const addressSize = random.oneIn(40) ? 16 : 32;
    const memory = mayBeMemory(line) && (mustBeMemory(line) || random.oneIn(2));
    const lock = memory && line.lockable && random.oneIn(4);
    const aligned = line.operands.some((kind) => OPERANDS[kind].aligned) && !random.oneIn(16);
    const anywhere = randomTarget(random, line.lockable ? 64 : 8, line.lockable);
    const target = aligned ? (anywhere & -16) >>> 0 : anywhere;
    const address = memory
      ? aimedAddress(random, (index) => registers[GPR_NAMES[index]!], target, addressSize)
      : { modrm: 0xc0 | random.below(8), bytes: [] };
    const bytes = encode(line, {
      modrm: address.modrm | (controlField(line, random.below(8)) << 3),
      address: address.bytes,
      immediate: (count, kind) => {
        if (OPERANDS[kind].place === 'moffs') return littleEndian(target, count);
        return immediate?.(count) ?? littleEndian(edgeValue(random), count);
      },
      operandSize,
      addressSize,
    });
    const prefixes: number[] = [];
    if (operandSize === 16) prefixes.push(0x66);
    if (addressSize === 16) prefixes.push(0x67);
    const data = memory || line.mnemonic === 'xlat' || line.operands.some((kind) => OPERANDS[kind].place === 'moffs');
    if (data && random.oneIn(16)) prefixes.push(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
    if (lock) prefixes.push(0xf0);
    if (isString(line) && random.oneIn(2)) prefixes.push(random.pick([0xf2, 0xf3]));
    return [...prefixes, ...bytes];
  }
}

/** What a round begins with: the registers that point into the data do so again. */
const pointersOf = ({ registers }: Start): Item =>
  registers.flatMap((value, index) => (isPointer(value) ? [0xb8 + index, ...littleEndian(value, 4)] : []));

/** Opcode and reg field of FLD and FILD. */
const FPU_LOADS = [
  [0xd9, 0],
  [0xdd, 0],
  [0xdb, 0],
  [0xdf, 0],
  [0xdf, 5],
] as const;

/** FNINIT, and numbers from the data: so each round begins with a stack that has room, and stays with usual operands. */
const freshFpu = (random: Random): Item => {
  const loads = Array.from({ length: 2 + random.below(4) }, () => {
    const [opcode, extension] = random.pick(FPU_LOADS);
    return [opcode, 5 | (extension << 3), ...littleEndian(DATA + (random.below(DATA_SIZE - 8) & -8), 4)];
  });
  return [0xdb, 0xe3, ...loads.flat()];
};

/** FNSTENV or FNSAVE, and 0 to the fields for addresses and opcode of the last instruction. */
const saveFpu = (random: Random): Item => {
  const at = DATA + (random.below(WRITABLE_SIZE - 0x200) & -4);
  const clear = [12, 16, 20, 24].flatMap((offset) => [0xc7, 0x05, ...littleEndian(at + offset, 4), 0, 0, 0, 0]);
  return [random.pick([0xd9, 0xdd]), 0x35, ...littleEndian(at, 4), ...clear];
};

/** Takes REP. INS and OUTS are without it: some CPUs look at the I/O permissions even when the count is 0. */
const isString = (line: Line): boolean =>
  !['ins', 'outs'].includes(line.mnemonic) &&
  line.operands.some((kind) => ['source', 'destination'].includes(OPERANDS[kind].place));

/** Control registers that exist. */
const controlField = (line: Line, field: number): number =>
  line.operands.includes('Cd') ? [0, 2, 3, 4][field & 3]! : field;

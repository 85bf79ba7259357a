/**
 * MOVS, STOS, LODS, CMPS and SCAS. Pages of RAM are worked on as host bytes; devices, ROM, pages with translated
 * code and elements across two pages element by element. SDM vol. 2.
 */
import { STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { setSubFlags } from '../flags.ts';
import type { CpuState } from '../state.ts';
import { readMemory, readRegister, writeMemory, writeRegister } from './operands.ts';
import {
  COMPARED,
  elementOffset,
  hostForReading,
  hostForWriting,
  type Piece,
  type PieceWork,
  SOURCE,
  stringInstruction,
  TARGET,
} from './repeat.ts';

const EAX = 0;
const REPNE = 0xf2;

/** Up to this many doublewords a loop beats the call of a built-in function. */
const SHORT = 64;

/** Copies in guest RAM with the result of element after element, whatever way source and target overlap. */
const copyElements = ({ u8, i32 }: CpuState, source: number, target: number, piece: Piece): void => {
  const { size, count, down } = piece;
  const length = size * count;
  if (size === 4 && count <= SHORT && !down && ((source | target) & 3) === 0) {
    for (let from = source >> 2, to = target >> 2, end = from + count; from < end; ) i32[to++] = i32[from++]!;
    return;
  }
  const feedsItself = down ? target < source && target + length > source : target > source && target < source + length;
  if (!feedsItself) {
    u8.copyWithin(target, source, source + length);
  } else if (size === 1 && !down) {
    // The idiom that repeats a pattern: decompressors live on it.
    for (let i = 0; i < count; i++) u8[target + i] = u8[source + i]!;
  } else {
    for (let i = 0; i < count; i++) {
      const offset = elementOffset(piece, i);
      u8.copyWithin(target + offset, source + offset, source + offset + size);
    }
  }
};

const movs: PieceWork = (cpu, _, piece) => {
  const source = hostForReading(cpu, piece, 0);
  const target = hostForWriting(cpu, piece, 1);
  if (source >= 0 && target >= 0) {
    copyElements(cpu.state, source, target, piece);
    return piece.count;
  }
  for (let i = 0; i < piece.count; i++) {
    const offset = elementOffset(piece, i);
    writeMemory(cpu, piece.lowest[1]! + offset, piece.bits, readMemory(cpu, piece.lowest[0]! + offset, piece.bits));
  }
  return piece.count;
};

/** Fills host bytes with elements of 2 or 4 bytes: the first by itself, then what is there doubled. */
const fillElements = (bytes: Uint8Array, target: number, value: number, { size, count }: Piece): void => {
  const length = size * count;
  for (let i = 0; i < size; i++) bytes[target + i] = value >>> (i * 8);
  for (let filled = size; filled < length; filled *= 2) {
    bytes.copyWithin(target + filled, target, target + Math.min(filled, length - filled));
  }
};

const stos: PieceWork = (cpu, _, piece) => {
  const { state } = cpu;
  const { size, count, bits } = piece;
  const value = readRegister(state, EAX, bits);
  const target = hostForWriting(cpu, piece, 0);
  if (target < 0) {
    for (let i = 0; i < count; i++) writeMemory(cpu, piece.lowest[0]! + elementOffset(piece, i), bits, value);
  } else if (size === 1) {
    state.u8.fill(value, target, target + count);
  } else if (size === 4 && target % 4 === 0) {
    state.i32.fill(value, target / 4, target / 4 + count);
  } else {
    fillElements(state.u8, target, value, piece);
  }
  return count;
};

/** A function that reads element `i` of operand `operand`. Throws #PF before any element has been read. */
const elementReader = (cpu: Cpu, piece: Piece, operand: number): ((i: number) => number) => {
  const { u8 } = cpu.state;
  const { bits, lowest } = piece;
  const host = hostForReading(cpu, piece, operand);
  const linear = lowest[operand]!;
  if (host < 0) return (i) => readMemory(cpu, linear + elementOffset(piece, i), bits);
  return (i) => {
    const at = host + elementOffset(piece, i);
    if (bits === 8) return u8[at]!;
    const low = u8[at]! | (u8[at + 1]! << 8);
    return bits === 16 ? low : low | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
  };
};

const lods: PieceWork = (cpu, _, piece) => {
  const read = elementReader(cpu, piece, 0);
  let value = 0;
  // All of them, though only the last remains: reading a device has effects.
  for (let i = 0; i < piece.count; i++) value = read(i);
  writeRegister(cpu.state, EAX, piece.bits, value);
  return piece.count;
};

/** Compares pair after pair until equality is what ends the repetition; flags are those of the last pair. */
const compareElements = (
  cpu: Cpu,
  rep: number,
  { count, bits }: Piece,
  first: (i: number) => number,
  second: (i: number) => number,
): number => {
  const endsWhenEqual = rep === REPNE;
  for (let i = 0; ; i++) {
    const a = first(i);
    const b = second(i);
    if ((a === b) === endsWhenEqual || i === count - 1) {
      setSubFlags(cpu.state, bits, a, b);
      return i + 1;
    }
  }
};

const cmps: PieceWork = (cpu, { rep }, piece) =>
  compareElements(cpu, rep, piece, elementReader(cpu, piece, 0), elementReader(cpu, piece, 1));

const scas: PieceWork = (cpu, { rep }, piece) => {
  const accumulator = readRegister(cpu.state, EAX, piece.bits);
  return compareElements(cpu, rep, piece, () => accumulator, elementReader(cpu, piece, 0));
};

/** REPE ends with ZF clear, REPNE with ZF set; ZF as setSubFlags has left it. */
const comparisonEnds: Parameters<typeof stringInstruction>[2] = ({ state }, { rep }) =>
  (state.get(STATE.flagResult) === 0) === (rep === REPNE);

export const stringInstructions = {
  movs: stringInstruction([SOURCE, TARGET], movs),
  stos: stringInstruction([TARGET], stos),
  lods: stringInstruction([SOURCE], lods),
  cmps: stringInstruction([SOURCE, COMPARED], cmps, comparisonEnds),
  scas: stringInstruction([COMPARED], scas, comparisonEnds),
} satisfies Record<string, HostInstruction>;

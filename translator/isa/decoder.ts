/**
 * The decoder: instruction bytes → Instruction, by the opcode table. SDM vol. 2, chapter 2. It reads through a
 * callback, so the bytes may come from a page snapshot, a file, or guest memory that faults at a page end.
 */
import { DS, SS } from '../layout.ts';
import type { Instruction } from './instruction.ts';
import type { Line } from './line.ts';
import { ESCAPES, hasModrm, linesOf } from './table.ts';

export const MAX_LENGTH = 15;

/** Gives byte number `index` of the instruction. */
export type ByteSource = (index: number) => number;

export type DecodeError = 'undefined' | 'too long';

/** What an opcode needs decoded, worked out once. */
interface Shape {
  readonly lines: readonly Line[];
  readonly modrm: boolean;
  /** The line, where neither ModRM nor a prefix selects among several. */
  readonly only: Line | undefined;
}
const shapes = new Map<number, Shape>();
const shapeOf = (opcode: number): Shape => {
  let shape = shapes.get(opcode);
  if (!shape) {
    const lines = linesOf(opcode);
    const first = lines[0];
    const plain = lines.length === 1 && first!.extension < 0 && first!.form === 'any' && first!.prefix < 0;
    shape = { lines, modrm: hasModrm(lines), only: plain ? first : undefined };
    shapes.set(opcode, shape);
  }
  return shape;
};

/** Does ModRM (and the mandatory prefix) select this line? */
const lineMatches = (line: Line, modrm: number, prefix: number): boolean => {
  if (line.extension >= 0 && ((modrm >> 3) & 7) !== line.extension) return false;
  if (line.form === 'memory' && modrm >= 0xc0) return false;
  if (line.form === 'register' && modrm < 0xc0) return false;
  if (typeof line.form === 'number' && modrm !== line.form) return false;
  return line.prefix < 0 || line.prefix === prefix;
};

/** 16-bit addressing: base and index by r/m. SDM vol. 2, table 2-1. */
const BASE_16 = [3, 3, 5, 5, 6, 7, 5, 3];
const INDEX_16 = [6, 7, 6, 7, -1, -1, -1, -1];

const signExtend = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

/**
 * Decodes one instruction. `codeSize` is the default operand and address size of the code segment.
 * Gives an error for undefined opcodes and for instructions longer than 15 bytes; illegal LOCK is 'undefined'.
 */
export const decode = (byte: ByteSource, codeSize: 16 | 32): Instruction | DecodeError => {
  let at = 0;
  let flipOperand = false;
  let flipAddress = false;
  let override = -1;
  let rep: 0 | 0xf2 | 0xf3 = 0;
  let lock = false;
  let opcode: number;

  for (;;) {
    if (at >= MAX_LENGTH) return 'too long';
    opcode = byte(at++);
    if (opcode === 0x66) flipOperand = true;
    else if (opcode === 0x67) flipAddress = true;
    else if ((opcode & 0xe7) === 0x26) override = (opcode >> 3) & 3;
    else if (opcode === 0x64 || opcode === 0x65) override = opcode - 0x60;
    else if (opcode === 0xf0) lock = true;
    else if (opcode === 0xf2 || opcode === 0xf3) rep = opcode;
    else break;
  }
  for (; ESCAPES.has(opcode); opcode = (opcode << 8) | byte(at++));

  const operandSize = flipOperand === (codeSize === 32) ? 16 : 32;
  const addressSize = flipAddress === (codeSize === 32) ? 16 : 32;
  const shape = shapeOf(opcode);
  const modrm = shape.modrm ? byte(at++) : -1;
  const prefix = rep || (flipOperand ? 0x66 : 0);
  const line = shape.only ?? shape.lines.find((l) => lineMatches(l, modrm, prefix));
  if (!line) return 'undefined';

  let base = -1;
  let index = -1;
  let scale = 0;
  let displacement = 0;
  const read = (bits: number): number => {
    let value = 0;
    for (let shift = 0; shift < bits; shift += 8) value |= byte(at++) << shift;
    return value;
  };

  let segment = DS;
  if (modrm >= 0 && modrm < 0xc0) {
    const mod = modrm >> 6;
    const rm = modrm & 7;
    if (addressSize === 32) {
      base = rm;
      if (rm === 4) {
        const sib = byte(at++);
        base = sib & 7;
        scale = sib >> 6;
        index = (sib >> 3) & 7;
        if (index === 4) index = -1;
      }
      if (mod === 0 && base === 5) {
        base = -1;
        displacement = read(32);
      } else if (base === 4 || base === 5) segment = SS;
    } else {
      base = BASE_16[rm]!;
      index = INDEX_16[rm]!;
      if (mod === 0 && rm === 6) {
        base = -1;
        displacement = read(16);
      } else if (base === 5) segment = SS;
    }
    if (mod === 1) displacement = signExtend(read(8), 8);
    else if (mod === 2) displacement = addressSize === 32 ? read(32) : signExtend(read(16), 16);
  }

  let immediate = 0;
  let immediate2 = 0;
  let immediates = 0;
  for (const { place, stream, width } of line.infos) {
    if (place === 'moffs') displacement = read(addressSize);
    else if (place === 'far') {
      immediate = read(operandSize);
      immediate2 = read(16);
    } else if (stream) {
      const bits = stream === 'v' ? operandSize : stream;
      const raw = read(bits);
      // Immediates of a width of their own are not extended; those of the operand's are, from a byte, too.
      const value = place === 'immediate' && width !== 'v' ? raw : signExtend(raw, bits);
      if (immediates++ === 0) immediate = value;
      else immediate2 = value;
    }
  }
  if (at > MAX_LENGTH) return 'too long';
  if (lock && !(line.lockable && modrm >= 0 && modrm < 0xc0)) return 'undefined';

  return {
    line,
    length: at,
    operandSize,
    addressSize,
    segment: override >= 0 ? override : segment,
    override: override >= 0,
    rep,
    lock,
    modrm,
    base,
    index,
    scale,
    displacement,
    immediate,
    immediate2,
    opcodeRegister: opcode & 7,
  };
};

/** Machine code for lines of the opcode table: the encoder that tests generate instructions with. */
import type { Line, OperandKind } from '../../translator/isa/line.ts';
import { needsModrm, OPERANDS } from '../../translator/isa/operands.ts';
import { hasModrm, linesOf } from '../../translator/isa/table.ts';

/** The bytes of a value, lowest first. */
export const littleEndian = (value: number, bytes = 4): number[] =>
  Array.from({ length: bytes }, (_, n) => (value >>> (8 * n)) & 0xff);

/** What follows the opcode byte(s). */
export interface Fields {
  /** ModRM with the reg field free; extension and exact forms are put in. -1 asks for none. */
  readonly modrm: number;
  /** SIB and displacement, as ModRM wants them. */
  readonly address: readonly number[];
  /** Gives an immediate, far pointer or moffs of so many bytes, for that operand. */
  readonly immediate: (bytes: number, kind: OperandKind) => readonly number[];
  readonly operandSize: 16 | 32;
  readonly addressSize: 16 | 32;
}

const immediateBytes = (kind: OperandKind, { operandSize, addressSize }: Fields): number => {
  const { place, stream } = OPERANDS[kind];
  if (place === 'moffs') return addressSize / 8;
  if (place === 'far') return operandSize / 8 + 2;
  if (!stream) return 0;
  return (stream === 'v' ? operandSize : stream) / 8;
};

/** ModRM with what the line prescribes. */
const modrmFor = (line: Line, modrm: number): number => {
  if (typeof line.form === 'number') return line.form;
  if (line.form === 'register') modrm |= 0xc0;
  return line.extension < 0 ? modrm : (modrm & 0xc7) | (line.extension << 3);
};

/** True when ModRM's r/m may be memory; `mustBeMemory` when it cannot be a register. */
export const mayBeMemory = (line: Line): boolean =>
  line.form === 'memory' || (line.form === 'any' && !line.operands.includes('Rd') && line.operands.some(needsModrm));
export const mustBeMemory = (line: Line): boolean =>
  line.form === 'memory' || line.operands.some((kind) => OPERANDS[kind].place === 'memory');

export const takesModrm = (line: Line): boolean => hasModrm(linesOf(line.opcode));

/** Bytes of one instruction, with no prefix but a mandatory one. */
export const encode = (line: Line, fields: Fields): number[] => {
  const opcode = [line.opcode >> 16, (line.opcode >> 8) & 0xff, line.opcode & 0xff].filter(
    (byte, n) => byte || n === 2,
  );
  const bytes = line.prefix > 0 ? [line.prefix, ...opcode] : opcode;
  if (takesModrm(line)) bytes.push(modrmFor(line, fields.modrm), ...fields.address);
  for (const kind of line.operands) {
    const count = immediateBytes(kind, fields);
    if (count) bytes.push(...fields.immediate(count, kind));
  }
  return bytes;
};

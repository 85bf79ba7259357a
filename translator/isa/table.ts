/** The opcode table: all lines, numbered, with the lookup the decoder and the interpreter's generator use. */
import type { Draft } from './build.ts';
import { INTEGER } from './integer.ts';
import type { Line } from './line.ts';
import { MMX_AND_INTEGERS } from './mmx.ts';
import { needsModrm } from './operands.ts';
import { SSE_FLOATS } from './sse.ts';
import { SYSTEM } from './system.ts';
import { X87 } from './x87.ts';

const drafts: Draft[] = [...INTEGER, ...SYSTEM, ...X87, ...MMX_AND_INTEGERS, ...SSE_FLOATS];

export const TABLE: readonly Line[] = drafts.map((draft, id) => ({ id, ...draft }));

const byOpcode = new Map<number, Line[]>();
for (const line of TABLE) {
  const lines = byOpcode.get(line.opcode);
  if (lines) lines.push(line);
  else byOpcode.set(line.opcode, [line]);
}

// A line for one exact ModRM byte goes before those for whole forms.
for (const lines of byOpcode.values()) {
  lines.sort((a, b) => Number(typeof b.form === 'number') - Number(typeof a.form === 'number'));
}

const NONE: readonly Line[] = [];
/** All lines of an opcode (0x00-0xff, 0x0f00 | second byte); empty for undefined opcodes. */
export const linesOf = (opcode: number): readonly Line[] => byOpcode.get(opcode) ?? NONE;

/** True when the opcode is followed by a ModRM byte. */
export const hasModrm = (lines: readonly Line[]): boolean =>
  lines.some((l) => l.extension >= 0 || l.form !== 'any' || l.operands.some(needsModrm));

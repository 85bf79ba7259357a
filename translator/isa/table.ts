/** The opcode table: all lines, numbered, with the lookup the decoder and the interpreter's generator use. */
import type { Draft } from './build.ts';
import { INTEGER } from './integer.ts';
import type { Line } from './line.ts';
import { MMX_AND_INTEGERS } from './mmx.ts';
import { needsModrm } from './operands.ts';
import { SSE_FLOATS } from './sse.ts';
import { SSSE3 } from './ssse3.ts';
import { SYSTEM } from './system.ts';
import { X87 } from './x87.ts';

const drafts: Draft[] = [...INTEGER, ...SYSTEM, ...X87, ...MMX_AND_INTEGERS, ...SSE_FLOATS, ...SSSE3];

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

/** The opcode maps, by what stands before an opcode's last byte: nothing, 0F, 0F 38, 0F 3A. SDM vol. 2, appendix A. */
export const OPCODE_MAPS: readonly [number, number, ...number[]] = [0, 0x0f, 0x0f38, 0x0f3a];
/** What is no opcode itself. */
export const ESCAPES: ReadonlySet<number> = new Set(OPCODE_MAPS.slice(1));

const NONE: readonly Line[] = [];
/** All lines of an opcode, as Line has it; empty for undefined opcodes. */
export const linesOf = (opcode: number): readonly Line[] => byOpcode.get(opcode) ?? NONE;

/** True when the opcode is followed by a ModRM byte. */
export const hasModrm = (lines: readonly Line[]): boolean =>
  lines.some((l) => l.extension >= 0 || l.form !== 'any' || l.operands.some(needsModrm));

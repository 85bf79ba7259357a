/**
 * What the hot interpreter's one dispatch leads to. Two bytes at EIP say most of what there is to decode: prefix and
 * opcode, both opcode bytes, or opcode and ModRM. A table in memory gives the arm for each pair.
 */
import { HOT_MAPS, type HotMap } from '../isa/hot-maps.ts';
import { HOT_PAIRS } from '../isa/hot-pairs.ts';
import { regOf } from '../isa/instruction.ts';
import type { Line } from '../isa/line.ts';
import { hasModrm, linesOf } from '../isa/table.ts';
import type { HotKind } from '../layout.ts';

/** Code for all pairs of bytes of one kind. */
export interface HotArm {
  /** The kind of prefix before the opcode, if any. */
  readonly prefix: HotMap | undefined;
  /** Lines of the opcode, told apart by ModRM.reg if there are several; none for opcodes 0F behind a prefix. */
  readonly lines: readonly Line[];
  /** Bytes of prefix and opcode. */
  readonly length: number;
  /** ModRM, where it is known. */
  readonly modrm: number | undefined;
}

const TWO_BYTE = 0x0f;
const PAIRS = 1 << 16;

/** Lines of an opcode that this map has. A jump with a 16-bit operand goes to IP, not EIP. */
export const hotLines = (opcode: number, prefix: HotMap | undefined): Line[] => {
  if (prefix && !prefix.opcodes.has(opcode)) return [];
  return linesOf(opcode).filter((l) => l.hot && !(prefix?.kind === 'operand' && l.ends !== 'no'));
};

const mapOf = new Map(HOT_MAPS.flatMap((map) => map.prefixes.map((prefix) => [prefix, map] as const)));

const fits = ({ extension, form }: Line, modrm: number): boolean =>
  (extension < 0 || extension === regOf(modrm)) && (form === 'any' || (form === 'register') === modrm >= 0xc0);

/** The arm for two bytes; pairs with the same name share one. Those in `own` have one of their own. */
const armFor = (first: number, second: number, own: ReadonlySet<number>): [name: string, arm: HotArm] | undefined => {
  const prefix = mapOf.get(first);
  const arm = { prefix, modrm: undefined };
  if (prefix && second === TWO_BYTE) return [`${HOT_MAPS.indexOf(prefix)} 0f`, { ...arm, lines: [], length: 2 }];
  const opcode = prefix ? second : first === TWO_BYTE ? (TWO_BYTE << 8) | second : first;
  const lines = hotLines(opcode, prefix);
  if (!lines.length) return undefined;
  if (opcode !== first) return [`${prefix && HOT_MAPS.indexOf(prefix)} ${opcode}`, { ...arm, lines, length: 2 }];
  if (!hasModrm(lines)) return [`${first}`, { ...arm, lines, length: 1 }];
  const line = lines.find((l) => fits(l, second));
  if (!line) return undefined;
  const modrm = own.has((first << 8) | second) ? second : undefined;
  return [`${first} ${line.id} ${modrm}`, { ...arm, lines: [line], length: 1, modrm }];
};

interface ArmPlan {
  readonly arms: readonly HotArm[];
  readonly byPair: Uint16Array;
}

/**
 * How many of HOT_PAIRS have an arm of their own. Beside a translator the hot interpreter runs less, and little of it often:
 * V8 would take as long for more arms as they save.
 */
const OWN_ARMS: Readonly<Record<HotKind, number>> = { counting: 96, plain: HOT_PAIRS.length };

/**
 * All arms, frequent ones first, so that their code and their labels lie together, and the index of the arm for each
 * pair of bytes (256 × first + second, so that what one opcode needs lies together): none if beyond the last.
 */
export const planArms = (kind: HotKind): ArmPlan => {
  const own = new Set(HOT_PAIRS.slice(0, OWN_ARMS[kind]));
  const arms: HotArm[] = [];
  const indices = new Map<string, number>();
  const byPair = new Uint16Array(PAIRS).fill(PAIRS - 1);
  for (const pair of [...HOT_PAIRS, ...Array(PAIRS).keys()]) {
    const found = armFor(pair >> 8, pair & 0xff, own);
    if (!found) continue;
    const [name, arm] = found;
    let index = indices.get(name);
    if (index === undefined) {
      index = arms.push(arm) - 1;
      indices.set(name, index);
    }
    byPair[pair] = index;
  }
  return { arms, byPair };
};

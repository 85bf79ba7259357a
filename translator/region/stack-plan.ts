/**
 * Where ESP is in a region, as a distance from an anchor: the place where it was when the window of the stack
 * (stack-window.ts) was last looked up. Known before the code is built, as loops lead back to code that relies on it.
 */
import { type Instruction, modOf, regOf, rmOf } from '../isa/instruction.ts';
import { OPERANDS } from '../isa/operands.ts';
import { FS } from '../layout.ts';
import { type Flow, successorsOf } from './dominators.ts';
import { isDirectCall, type Key, keyIn, keyOf, next, type Placed } from './graph.ts';

const ESP = 4;
/** Accesses to come that are worth a look-up. */
const WORTHWHILE = 3;
/** Rounds of adding up what is to come: how much loops count. */
const ROUNDS = 3;

export interface StackPlan {
  /** ESP − anchor before this instruction, in bytes; undefined where there is no window. */
  before(key: Key): number | undefined;
  /** The window is to be looked up anew when this instruction has been executed. */
  anchorsAfter(key: Key): boolean;
  /** The lowest ESP − anchor in the region. */
  readonly lowest: number;
}

/** Number of a general register that operand k is, or -1. */
const registerOf = (i: Instruction, operand: number): number => {
  const { place, value, width } = OPERANDS[i.line.operands[operand]!];
  if (width === 8) return -1;
  if (place === 'opcode') return i.opcodeRegister;
  if (place === 'reg') return regOf(i.modrm);
  if (place === 'rmRegister' || (place === 'rm' && modOf(i.modrm) === 3)) return rmOf(i.modrm);
  return place === 'fixed' ? value! : -1;
};

/** The general register that an instruction names as what it writes, or -1. */
export const writtenRegister = (i: Instruction): number =>
  i.line.operands.length === 0 || i.line.access === 'read' ? -1 : registerOf(i, 0);

/** Whether the memory operand is at a constant distance from ESP. */
export const isOnStack = ({ base, index, segment, addressSize, modrm }: Instruction): boolean =>
  base === ESP && index < 0 && segment < FS && addressSize === 32 && modrm >= 0 && modOf(modrm) !== 3;

const PUSHES = /^(push|pushf)$/;
const POPS = /^(pop|popf)$/;

/** Bytes that an instruction adds to ESP; undefined where that shows only when it runs. */
const stackMove = (placed: Placed): number | undefined => {
  const { instruction: i, bound, ways } = placed;
  const { mnemonic, access, operands } = i.line;
  if (ways && isDirectCall(placed)) return -4;
  if (ways && i.line.ends === 'return') return 4 + (operands.length ? i.immediate : 0);
  // A call comes back with ESP where it was, or wherever it then is.
  if (bound || i.line.ends === 'call') return 0;
  if (PUSHES.test(mnemonic)) return -i.operandSize / 8;
  if (mnemonic === 'leave') return undefined;
  if (operands.length === 0) return POPS.test(mnemonic) ? i.operandSize / 8 : 0;
  if (mnemonic === 'pop') return registerOf(i, 0) === ESP ? undefined : i.operandSize / 8;
  if (mnemonic === 'xchg' || mnemonic === 'xadd') {
    return registerOf(i, 0) === ESP || registerOf(i, 1) === ESP ? undefined : 0;
  }
  if (access === 'read' || registerOf(i, 0) !== ESP) return 0;
  if (i.operandSize !== 32) return undefined;
  const immediate = operands[1] !== undefined && OPERANDS[operands[1]].place === 'immediate';
  if (mnemonic === 'add' && immediate) return i.immediate;
  if (mnemonic === 'sub' && immediate) return -i.immediate | 0;
  return mnemonic === 'lea' && isOnStack(i) ? i.displacement : undefined;
};

/** Code of others runs within the instruction, which may change what is mapped. */
const isInterrupted = (placed: Placed): boolean =>
  placed.bound !== undefined || (placed.instruction.line.ends === 'call' && !(placed.ways && isDirectCall(placed)));

const accesses = ({ instruction: i, bound }: Placed): number => {
  const { mnemonic, ends } = i.line;
  const implicit = PUSHES.test(mnemonic) || POPS.test(mnemonic) || ends === 'call' || ends === 'return';
  return Number(implicit && !bound) + Number(isOnStack(i) && mnemonic !== 'lea');
};

/** Accesses to be expected from each block on, until the window has to be looked up again. */
const expectAccesses = (flow: Flow, successors: readonly (readonly number[])[]): ((key: Key) => number) => {
  const expected = new Map<Key, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = flow.order.length - 1; n >= 0; n--) {
      const to = successors[n]!;
      const all = to.reduce((sum, target) => sum + (expected.get(flow.order[target]!.key) ?? 0), 0);
      let ahead = to.length ? all / to.length : 0;
      for (const placed of [...flow.order[n]!.instructions].reverse()) {
        if (isInterrupted(placed) || stackMove(placed) === undefined) ahead = 0;
        ahead += accesses(placed);
        expected.set(keyOf(placed), ahead);
      }
    }
  }
  return (key) => expected.get(key) ?? 0;
};

export const planStack = (flow: Flow): StackPlan => {
  const size = flow.order.length;
  const successors = successorsOf(flow);
  const expected = expectAccesses(flow, successors);
  const isWorthwhile = (key: Key) => expected(key) >= WORTHWHILE;
  const before = new Map<Key, number | undefined>();
  const anchors = new Set<Key>();
  let lowest = 0;

  /** Takes note of ESP before each instruction of a block; what it is behind the last, and in what that may call. */
  const follow = (n: number): { after: number | undefined; called: number | undefined } => {
    const { instructions, key: first } = flow.order[n]!;
    let offset = before.get(first);
    let called: number | undefined;
    for (const placed of instructions) {
      const key = keyOf(placed);
      before.set(key, offset);
      called = offset === undefined ? undefined : offset - 4;
      const move = stackMove(placed);
      if (offset !== undefined)
        lowest = Math.min(lowest, offset + Math.min(0, isInterrupted(placed) ? -4 : (move ?? 0)));
      anchors.delete(key);
      if (isInterrupted(placed) || move === undefined) {
        const anchored = isWorthwhile(keyIn(placed.copy, next(placed)));
        if (anchored) anchors.add(key);
        offset = anchored ? (move === undefined ? 0 : (offset ?? 0)) : undefined;
      } else if (offset !== undefined) offset = (offset + move) | 0;
    }
    return { after: offset, called };
  };
  /** Whether the block goes on to another by calling it, the call not being certain to lead there. */
  const calls = (n: number, to: number): boolean => {
    const last = flow.order[n]!.instructions.at(-1)!;
    const { key } = flow.order[to]!;
    return last.instruction.line.ends === 'call' && isInterrupted(last) && !!last.ways?.some((way) => way.key === key);
  };

  const entry = flow.order[0]!.key;
  before.set(entry, isWorthwhile(entry) ? 0 : undefined);
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = 0; n < size; n++) {
      const { after, called } = follow(n);
      for (const to of successors[n]!) {
        const { key } = flow.order[to]!;
        const offset = calls(n, to) ? called : after;
        const known = before.has(key);
        const met = known && before.get(key) !== offset ? undefined : offset;
        if (known && before.get(key) === met) continue;
        before.set(key, met);
        changed = true;
      }
    }
  }
  return { before: (key) => before.get(key), anchorsAfter: (key) => anchors.has(key), lowest };
};

/**
 * What is known of the FPU where the blocks of a region begin: what all ways there have found out or made so. It is worked
 * out before code is built, from what instructions do to the stack; building finds the same or more, which Control checks.
 */
import { type Instruction, modOf, rmOf } from '../isa/instruction.ts';
import { type Flow, successorsOf } from './dominators.ts';
import { FpuKnowledge } from './fpu-knowledge.ts';
import { isDirectCall, type Placed } from './graph.ts';

/** The stack at a place: registers by their distance from TOP where the block began. */
class Stack {
  known: FpuKnowledge;
  private top = 0;

  constructor(known: FpuKnowledge) {
    this.known = known;
  }
  forget(): void {
    this.known = new FpuKnowledge();
  }
  read(i: number): boolean {
    this.known.foundFull(this.top + i);
    return this.known.isDouble(this.top + i);
  }
  write(i: number, isDouble: boolean): void {
    this.known.written(this.top + i, isDouble);
  }
  push(isDouble: boolean): void {
    this.top--;
    this.write(0, isDouble);
  }
  pop(): void {
    this.known.emptied(this.top);
    this.top++;
  }
  /** The same by distance from TOP as it is. */
  get now(): FpuKnowledge {
    return this.known.from(this.top);
  }
}

/** What an instruction does besides its pops: `i` is the register in ModRM, `inMemory` that an operand is not in it. */
type Effect = (stack: Stack, i: number, instruction: Instruction) => void;

const inMemory = ({ modrm }: Instruction): boolean => modOf(modrm) !== 3;
const HAS_NO_LOW_PART = new Set(['Md', 'Mq', 'Mw']);

const arithmetic: Effect = (stack, i, instruction) => {
  stack.read(0);
  if (!inMemory(instruction)) stack.read(i);
  stack.write(instruction.line.operands[0] === 'STi' ? i : 0, false);
};
const comparison: Effect = (stack, i, instruction) => {
  stack.read(0);
  if (instruction.line.operands.length === 0) stack.read(1);
  else if (!inMemory(instruction)) stack.read(i);
};
const load: Effect = (stack, i, { line: { mnemonic, operands } }) => {
  const [kind] = operands as [string];
  if (kind === 'STi') stack.push(stack.read(i));
  else stack.push(HAS_NO_LOW_PART.has(kind) && !(mnemonic === 'fild' && kind === 'Mq'));
};
const store: Effect = (stack, i, instruction) => {
  const isDouble = stack.read(0);
  if (!inMemory(instruction)) stack.write(i, isDouble);
};
const exchange: Effect = (stack, i) => {
  const [a, b] = [stack.read(0), stack.read(i)];
  stack.write(0, b);
  stack.write(i, a);
};
const none: Effect = () => {};
const top: Effect = (stack) => void stack.read(0);
const sign: Effect = (stack) => stack.write(0, stack.read(0));
const constant: Effect = (stack) => stack.push(true);

const EFFECTS: Readonly<Record<string, Effect>> = {
  ...Object.fromEntries(
    ['add', 'mul', 'sub', 'subr', 'div', 'divr'].flatMap((name) =>
      [`f${name}`, `fi${name}`, `f${name}p`].map((mnemonic) => [mnemonic, arithmetic]),
    ),
  ),
  ...Object.fromEntries(
    ['com', 'comi', 'ucom', 'ucomi', 'icom'].flatMap((name) =>
      [`f${name}`, `f${name}p`, `f${name}pp`].map((mnemonic) => [mnemonic, comparison]),
    ),
  ),
  ...{ fcomip: comparison, fucomip: comparison, ftst: top, fchs: sign, fabs: sign, fxch: exchange },
  ...{ fld: load, fild: load, fst: store, fstp: store, fist: store, fistp: store, fisttp: store },
  ...{ fldz: constant, fld1: constant, fnop: none, fwait: none, fnstsw: none, fnstcw: none },
  fsqrt: (stack) => {
    stack.read(0);
    stack.write(0, false);
  },
};
const popsOf = (mnemonic: string): number => (mnemonic.endsWith('pp') ? 2 : Number(/[^o]p$/.test(mnemonic)));

const isX87 = (opcode: number): boolean => (opcode & ~7) === 0xd8 || opcode === 0x9b;
/** Instructions that do not wait for exceptions, or for the FPU to be allowed. */
const IMMEDIATE = new Set(['fnstsw', 'fnstcw']);

const follow = (stack: Stack, { instruction, bound }: Placed): void => {
  const { line, modrm } = instruction;
  const { opcode, mnemonic, infos, cpu } = line;
  if (!isX87(opcode)) {
    if (bound || cpu === 'mmx' || infos.some(({ place }) => place.startsWith('mmx'))) stack.forget();
    return;
  }
  const effect = EFFECTS[mnemonic];
  if (!effect) {
    stack.forget();
    return;
  }
  effect(stack, rmOf(modrm), instruction);
  for (let n = popsOf(mnemonic); n > 0; n--) stack.pop();
  stack.known.quiet ||= !IMMEDIATE.has(mnemonic);
  stack.known.available ||= mnemonic !== 'fwait';
};

/**
 * By position of blocks, with registers counted from TOP where each begins; undefined for regions without x87. Of a
 * loop at the entry it is what goes round in it: that must be looked at where the region is entered.
 */
export const analyseFpu = (flow: Flow, patient: boolean): readonly FpuKnowledge[] | undefined => {
  const { order, isLoop } = flow;
  const isUsed = order.some(({ instructions }) => instructions.some(({ instruction: { line } }) => isX87(line.opcode)));
  if (!isUsed) return undefined;
  if (!isLoop[0] || patient) return knownFrom(flow, new FpuKnowledge());
  const expected = knownFrom(flow, FpuKnowledge.everything())[0]!;
  return knownFrom(flow, expected.possible());
};

/** The same, given what is known at the entry. */
const knownFrom = (flow: Flow, entry: FpuKnowledge): readonly FpuKnowledge[] => {
  const { order } = flow;
  const successors = successorsOf(flow);
  const known: (FpuKnowledge | undefined)[] = [entry];
  for (let changed = true; changed; ) {
    changed = false;
    for (const [n, { instructions }] of order.entries()) {
      const before = known[n];
      if (!before) continue;
      const stack = new Stack(before.from(0));
      for (const placed of instructions) follow(stack, placed);
      const last = instructions[instructions.length - 1]!;
      // Other code runs before the return site.
      if (last.instruction.line.ends === 'call' && !(isDirectCall(last) && last.ways)) stack.forget();
      for (const to of successors[n]!) {
        const merged = known[to]?.and(stack.now) ?? stack.now;
        if (known[to]?.equals(merged)) continue;
        known[to] = merged;
        changed = true;
      }
    }
  }
  return order.map((_, n) => known[n] ?? new FpuKnowledge());
};

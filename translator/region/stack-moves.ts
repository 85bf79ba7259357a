/** What instructions do to ESP and EBP, as far as that shows before they run. Distances are in bytes. */
import { type Instruction, modOf, regOf, rmOf } from '../isa/instruction.ts';
import { FS } from '../layout.ts';
import { isDirectCall, type Key, type Placed } from './graph.ts';

const ESP = 4;
const EBP = 5;

/** Number of a general register that operand k is, or -1. */
const registerOf = (i: Instruction, operand: number): number => {
  const info = i.line.infos[operand];
  if (info === undefined) return -1;
  const { place, value, width } = info;
  if (width === 8) return -1;
  if (place === 'opcode') return i.opcodeRegister;
  if (place === 'reg') return regOf(i.modrm);
  if (place === 'rmRegister' || (place === 'rm' && modOf(i.modrm) === 3)) return rmOf(i.modrm);
  return place === 'fixed' ? value! : -1;
};

/** The general register that an instruction names as what it writes, or -1. */
export const writtenRegister = (i: Instruction): number => (i.line.access === 'read' ? -1 : registerOf(i, 0));

const EXCHANGES = new Set(['xchg', 'xadd']);
const writes = (i: Instruction, register: number): boolean =>
  writtenRegister(i) === register || (EXCHANGES.has(i.line.mnemonic) && registerOf(i, 1) === register);

/** Whether the memory operand is at a constant distance from a register. */
const isAt = (register: number, { base, index, segment, addressSize, modrm }: Instruction): boolean =>
  base === register && index < 0 && segment < FS && addressSize === 32 && modrm >= 0 && modOf(modrm) !== 3;
export const isOnStack = (i: Instruction): boolean => isAt(ESP, i);
export const isOnFrame = (i: Instruction): boolean => isAt(EBP, i);

const PUSHES = new Set(['push', 'pushf']);
const POPS = new Set(['pop', 'popf']);

/** Code of others runs within the instruction, which may change what is mapped. What is done in line changes nothing. */
export const isInterrupted = (placed: Placed): boolean => (placed.bound ? !placed.bound.call.inlined : isCall(placed));
/** A call that need not lead to code of the region. */
const isCall = (placed: Placed): boolean =>
  placed.instruction.line.ends === 'call' && !(placed.ways && isDirectCall(placed));

/** Whether an instruction goes on to a block by calling it, the call not being certain to lead there. */
export const mayCall = (placed: Placed, key: Key): boolean =>
  isCall(placed) && !!placed.ways?.some((way) => way.key === key);

/** Bytes that an instruction adds to ESP, `frame` being EBP − ESP; undefined where that shows only when it runs. */
export const stackMove = (placed: Placed, frame: number | undefined): number | undefined => {
  const { instruction: i, bound, ways } = placed;
  const { mnemonic, operands, infos, ends } = i.line;
  if (ends === 'call') return ways && isDirectCall(placed) ? -4 : 0;
  if (ways && ends === 'return') return 4 + (operands.length ? i.immediate : 0);
  // A call comes back with ESP where it was, or wherever it then is.
  if (bound) return 0;
  if (PUSHES.has(mnemonic)) return -i.operandSize / 8;
  if (mnemonic === 'leave') return frame === undefined || i.operandSize !== 32 ? undefined : frame + 4;
  if (operands.length === 0) return POPS.has(mnemonic) ? i.operandSize / 8 : 0;
  if (mnemonic === 'pop') return registerOf(i, 0) === ESP ? undefined : i.operandSize / 8;
  if (!writes(i, ESP)) return 0;
  if (i.operandSize !== 32) return undefined;
  const immediate = infos[1]?.place === 'immediate';
  if (mnemonic === 'add' && immediate) return i.immediate;
  if (mnemonic === 'sub' && immediate) return -i.immediate | 0;
  if (mnemonic === 'mov' && registerOf(i, 1) === EBP) return frame;
  if (mnemonic !== 'lea') return undefined;
  if (isOnFrame(i)) return frame === undefined ? undefined : (frame + i.displacement) | 0;
  return isOnStack(i) ? i.displacement : undefined;
};

/** EBP − ESP behind an instruction, given that before it. Calls are expected to come back with what there was. */
export const frameAfter = (placed: Placed, frame: number | undefined): number | undefined => {
  const { instruction: i, bound } = placed;
  const { mnemonic } = i.line;
  if (bound?.call.inlined) return frame;
  if (bound || mnemonic === 'leave') return undefined;
  if (writes(i, EBP)) {
    if (i.operandSize !== 32) return undefined;
    if (mnemonic === 'mov' && registerOf(i, 1) === ESP) return 0;
    return mnemonic === 'lea' && isOnStack(i) ? i.displacement : undefined;
  }
  const move = stackMove(placed, frame);
  return frame === undefined || move === undefined ? undefined : (frame - move) | 0;
};

/** Accesses to memory at constant distances from ESP: what is called in line leaves a return address, too. */
export const stackAccesses = ({ instruction: i, bound }: Placed, frame: number | undefined): number => {
  const { mnemonic, ends } = i.line;
  const implicit = PUSHES.has(mnemonic) || POPS.has(mnemonic) || ends === 'call' || ends === 'return';
  const named = mnemonic !== 'lea' && (isOnStack(i) || (frame !== undefined && isOnFrame(i)));
  return Number(bound ? bound.call.inlined && !bound.jump : implicit) + Number(named);
};

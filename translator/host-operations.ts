/**
 * What a function of the host may do by itself: the same in a region, where registers are locals, and on the state in
 * memory, when an interpreter comes to it.
 */
import { EFLAGS } from './layout.ts';
import type { Code, Operand, Val } from './wasm/code.ts';

const EAX = 0;
const EDX = 2;

/** The state that operations work on. */
export interface OperationState {
  readonly c: Code;
  reg(index: number): Val;
  setReg(index: number, value: Operand): void;
  /** EFLAGS without the arithmetic flags. */
  systemFlags(): Val;
  setSystemFlags(value: Operand): void;
  /** The time-stamp counter as it is where the function begins. */
  timestamp(): { readonly low: Val; readonly high: Val };
}

/** By name; `word` is the host offset of a state word. */
export type Operation = (o: OperationState, word: Operand) => void;

/** EFLAGS has these bits of EAX. */
const takeFlags =
  (bits: number): Operation =>
  (o) =>
    o.setSystemFlags(o.c.or(o.c.and(o.systemFlags(), ~bits), o.c.and(o.reg(EAX), bits)));

export const OPERATIONS = {
  nothing: () => {},
  /** IF cleared, set, given as EAX, and taken from it. */
  disable: (o) => o.setSystemFlags(o.c.and(o.systemFlags(), ~EFLAGS.IF)),
  enable: (o) => o.setSystemFlags(o.c.or(o.systemFlags(), EFLAGS.IF)),
  readEnabled: (o) => o.setReg(EAX, o.c.and(o.systemFlags(), EFLAGS.IF)),
  writeEnabled: takeFlags(EFLAGS.IF),
  writeIopl: takeFlags(EFLAGS.IOPL),
  /** EAX := the state word, or the other way round. */
  load: (o, word) => o.setReg(EAX, o.c.load(word)),
  store: (o, word) => o.c.store(word, o.reg(EAX)),
  /** EDX:EAX := the time-stamp counter. */
  readTimestamp: (o) => {
    const { low, high } = o.timestamp();
    o.setReg(EAX, low);
    o.setReg(EDX, high);
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

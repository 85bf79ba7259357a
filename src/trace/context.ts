import type { Board } from '../../runtime/board.ts';
import type { Processor } from '../../runtime/processor.ts';
import { CS, PAGE_SIZE, RAM, STATE } from '../../translator/layout.ts';

/** What a subject's hooks are put into, and where they report. */
export interface TraceContext {
  readonly cpu: Processor;
  readonly board: Board;
  /** Whether a linear address is one of those wanted; undefined stands for events without one. */
  wants(address: number | undefined): boolean;
  /** Whether any address of a linear page is wanted. */
  wantsPage(page: number): boolean;
  /** Writes a line, if its address is wanted. */
  write(address: number | undefined, text: string): void;
}

/** Puts the hooks of one subject in place. */
export type TraceHook = (context: TraceContext) => void;

export const hex = (value: number, digits = 8): string => (value >>> 0).toString(16).padStart(digits, '0');

/** Linear address of EIP. */
export const here = ({ state }: Processor): number => (state.segBase(CS) + state.get(STATE.eip)) >>> 0;

/**
 * Linear address of the instruction that the complete interpreter executes. EIP may point behind it already; the
 * place of its first byte in the page does not.
 */
export const current = (cpu: Processor): number => {
  const after = here(cpu);
  const host = cpu.state.get(STATE.instruction);
  if (host < RAM) return after;
  const start = ((after & -PAGE_SIZE) | (host & (PAGE_SIZE - 1))) >>> 0;
  return start > after ? (start - PAGE_SIZE) >>> 0 : start;
};

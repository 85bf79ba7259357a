/** Every instruction. Pages that are traced run in the complete interpreter, as their observer asks. */
import { disassembleAt } from '../../translator/isa/disassembler.ts';
import { MODE, STATE } from '../../translator/layout.ts';
import { peek } from '../machine/debug/memory.ts';
import type { TraceHook } from './context.ts';

const LONGEST = 15;

export const traceExec: TraceHook = ({ cpu, wants, wantsPage, write }) => {
  const text = (linear: number): string => {
    const bytes = peek(cpu, linear, LONGEST);
    const size = cpu.state.get(STATE.mode) & MODE.code32 ? 32 : 16;
    return disassembleAt((index) => bytes[index] ?? 0, linear, size).text;
  };
  cpu.observers.add({
    watchesCode: wantsPage,
    watchesData: () => false,
    onFetch: (linear) => {
      if (wants(linear)) write(linear, text(linear));
      return false;
    },
    onAccess: () => {},
  });
};

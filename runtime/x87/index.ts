/** The x87 instructions executed in TypeScript, by the name that the opcode table's `host` gives them. */
import type { HostInstruction } from '../cpu.ts';
import { X87_DECIMAL } from './decimal.ts';
import { X87_ENVIRONMENT } from './environment.ts';
import { FXSAVE } from './fxsave.ts';
import { X87_TRANSCENDENTAL } from './instructions.ts';

export const X87: Readonly<Record<string, HostInstruction>> = {
  ...X87_DECIMAL,
  ...X87_ENVIRONMENT,
  ...X87_TRANSCENDENTAL,
  ...FXSAVE,
};

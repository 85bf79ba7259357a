/** Every instruction executed in TypeScript, by the name that the opcode table's `host` gives it. */
import { CPUID } from '../control/cpuid.ts';
import { FLAGS } from '../control/flags.ts';
import { MSR } from '../control/msr.ts';
import { CONTROL_REGISTERS } from '../control/registers.ts';
import { SYSTEM } from '../control/system.ts';
import { TABLES } from '../control/tables.ts';
import type { HostInstruction } from '../cpu.ts';
import { FAST_CALLS } from '../protection/fast-calls.ts';
import { QUERIES } from '../protection/queries.ts';
import { RETURNS } from '../protection/returns.ts';
import { TRANSFERS } from '../protection/transfers.ts';
import { X87 } from '../x87/index.ts';
import { DECIMAL } from './decimal.ts';
import { INTERRUPTS } from './interrupts.ts';
import { ioInstructions } from './io.ts';
import { MASKED_MOVES } from './masked-moves.ts';
import { MISC } from './misc.ts';
import { popMemory } from './pop.ts';
import { SEGMENT_REGISTERS } from './segments.ts';
import { stringInstructions } from './strings.ts';

export const HOST: Readonly<Record<string, HostInstruction>> = {
  ...CPUID,
  ...FLAGS,
  ...MSR,
  ...CONTROL_REGISTERS,
  ...SYSTEM,
  ...TABLES,
  ...FAST_CALLS,
  ...QUERIES,
  ...RETURNS,
  ...TRANSFERS,
  ...INTERRUPTS,
  ...MISC,
  ...MASKED_MOVES,
  ...SEGMENT_REGISTERS,
  ...DECIMAL,
  popMemory,
  ...ioInstructions,
  ...stringInstructions,
  ...X87,
};

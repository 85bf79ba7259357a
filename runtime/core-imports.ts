/** What the core module imports of the runtime, by name; regions import it too, and what the core module exports. */
import { LINEAR } from '../translator/interpreter/exits.ts';
import { STATE } from '../translator/layout.ts';
import { timestamp } from './control/msr.ts';
import type { Cpu } from './cpu.ts';
import type { RecordedFault } from './faults.ts';
import { InstructionFetch } from './fetch.ts';
import { HostInstructions } from './host/execute.ts';
import { linearAddress } from './host/operands.ts';
import type { HostFunctions } from './host-functions.ts';
import { createMemoryImports } from './memory/imports.ts';
import type { PagingUnit } from './memory/mmu.ts';

/** The parts of a processor that generated code reaches. */
interface Parts extends Cpu {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  readonly mmu: PagingUnit;
  readonly hostFunctions: HostFunctions;
}

/** Exceptions of the guest are left in `fault`. `executed`: as ProcessorOptions has it. */
export const createCoreImports = (
  cpu: Parts,
  fault: RecordedFault,
  executed: (eip: number, times: number) => void,
): Record<string, WebAssembly.ImportValue> => {
  const { state, mmu, hostFunctions } = cpu;
  const fetch = new InstructionFetch(state, mmu, fault);
  const instructions = new HostInstructions(cpu, hostFunctions, fault);
  return {
    memory: cpu.memory,
    regions: cpu.table,
    linear: (seg: number, offset: number, bytes: number, access: number) =>
      fault.guarded(() => {
        const aligned = (access & LINEAR.alignedAnyway) !== 0;
        return linearAddress(cpu, seg, offset, bytes, access & LINEAR.write ? 'write' : 'read', aligned);
      }),
    probe: (linear: number, bytes: number) =>
      fault.guarded(() => {
        mmu.linear.probeWrite(linear, bytes);
        return 0;
      }),
    ...createMemoryImports(state, mmu),
    execEntry: (page: number) => fetch.executeEntry(page),
    timestamp: () => {
      const { low, high } = timestamp(cpu);
      state.set(STATE.scratch, high);
      return low;
    },
    fetch: () => fetch.fetch(),
    host: () => instructions.execute(),
    executed,
    callRuntime: (number: number, frame: number) => hostFunctions.callRuntime(number, frame),
  };
};

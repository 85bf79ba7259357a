/** The instruction at EIP by its function in the runtime, as generated code asks for it. */
import { TABLE } from '../../translator/isa/table.ts';
import { STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import type { RecordedFault } from '../faults.ts';
import type { HostFunctions } from '../host-functions.ts';
import { codeSize } from '../mode.ts';
import { GuestFault, VECTOR } from '../state.ts';
import { DecodeCache } from './decode-cache.ts';
import { HOST } from './index.ts';

/** By line of the opcode table. */
const ACTIONS = TABLE.map((line) => (line.host === undefined ? undefined : HOST[line.host]));

export class HostInstructions {
  readonly #cpu: Cpu;
  readonly #functions: HostFunctions;
  readonly #faults: RecordedFault;
  readonly #decoded: DecodeCache;

  constructor(cpu: Cpu, functions: HostFunctions, faults: RecordedFault) {
    this.#cpu = cpu;
    this.#functions = functions;
    this.#faults = faults;
    this.#decoded = new DecodeCache(cpu.state.buffer);
  }

  /** Its bytes lie in a row at STATE.instruction. Gives 1, or 0 after a fault, with EIP where it was. */
  execute(): number {
    const { state } = this.#cpu;
    const eip = state.get(STATE.eip);
    const bytes = state.get(STATE.instruction);
    const called = this.#functions.at(bytes);
    if (called) {
      return this.#faults.guarded(() => {
        this.#functions.interpret(called);
        return 1;
      });
    }
    const instruction = this.#decoded.decode(bytes, codeSize(state));
    try {
      if (typeof instruction === 'string') throw new GuestFault(VECTOR.UD);
      const { line } = instruction;
      const action = ACTIONS[line.id];
      if (!action) throw new Error(`no runtime function for ${line.mnemonic} (${line.host})`);
      state.set(STATE.eip, eip + instruction.length);
      action(this.#cpu, instruction);
      return 1;
    } catch (fault) {
      state.set(STATE.eip, eip);
      return this.#faults.record(fault);
    }
  }
}

/** The stack of an inner privilege level, which the TSS names: for interrupts and call gates. SDM vol. 3, 5.8.5. */
import { SS, TR } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { VECTOR } from '../state.ts';
import { baseOf, type Descriptor, isNull, limitOf, markAccessed, refuse, selectorCode } from './descriptors.ts';
import { readStackDescriptor, setSegment, taskIs32 } from './segments.ts';
import { Stack } from './stack.ts';

export class InnerStack extends Stack {
  #descriptor: Descriptor | undefined;

  /** Reads and checks SS:ESP of privilege level 0-2. Throws #TS(TR), #TS(SS), #SS(SS). */
  openLevel(cpu: Cpu, level: number): this {
    const { state } = cpu;
    const memory = cpu.mmu.linear.system;
    const wide = taskIs32(state);
    const offset = wide ? 4 + level * 8 : 2 + level * 4;
    if (offset + (wide ? 7 : 3) > state.segLimit(TR)) refuse(VECTOR.TS, state.selector(TR));
    const field = (state.segBase(TR) + offset) | 0;
    const esp = wide ? memory.read32(field) : memory.read16(field);
    const selector = memory.read16((field + (wide ? 4 : 2)) | 0);
    if (isNull(selector)) refuse(VECTOR.TS, 0);
    const descriptor = readStackDescriptor(cpu, selector, level, VECTOR.TS);
    this.#descriptor = descriptor;
    const { low, high, access } = descriptor;
    return this.open(memory, baseOf(low, high), limitOf(low, high), access, esp, selectorCode(selector));
  }

  /** Makes it SS:ESP. */
  enter(cpu: Cpu): void {
    const descriptor = this.#descriptor!;
    markAccessed(cpu, descriptor);
    setSegment(cpu.state, SS, descriptor);
    this.commit(cpu.state);
  }
}

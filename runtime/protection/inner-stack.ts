/** The stack of an inner privilege level, which the TSS names: for interrupts and call gates. SDM vol. 3, 5.8.5. */
import { SS, TR } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { VECTOR } from '../state.ts';
import { accessOf, baseOf, isNull, limitOf, locate, markAccessed, refuse, selectorCode } from './descriptors.ts';
import { checkStackSegment, setSegment, taskIs32 } from './segments.ts';
import { Stack } from './stack.ts';

export class InnerStack extends Stack {
  #selector = 0;
  #descriptor = 0;
  #low = 0;
  #high = 0;

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
    this.#selector = selector;
    this.#descriptor = locate(cpu, selector, VECTOR.TS);
    this.#high = checkStackSegment(cpu, this.#descriptor, selector, level, VECTOR.TS);
    this.#low = memory.read32(this.#descriptor);
    const base = baseOf(this.#low, this.#high);
    return this.open(memory, base, limitOf(this.#low, this.#high), accessOf(this.#high), esp, selectorCode(selector));
  }

  /** Makes it SS:ESP. */
  enter(cpu: Cpu): void {
    markAccessed(cpu, this.#descriptor, this.#high);
    setSegment(cpu.state, SS, this.#selector, this.#low, this.#high);
    this.commit(cpu.state);
  }
}

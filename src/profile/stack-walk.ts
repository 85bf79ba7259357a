/** Return addresses of the running guest code, found through the frames that EBP links; a guess where code has none. */
import type { Processor } from '../../runtime/processor.ts';
import { PAGE_SIZE, RAM, STATE } from '../../translator/layout.ts';

const ESP = 4;
const EBP = 5;
const MOST_FRAMES = 64;
/** Bytes that a frame may lie above the one before it, and the first above ESP. */
const FARTHEST = 1 << 16;
const OFFSET = PAGE_SIZE - 1;

/** PUSH EBP; MOV EBP, ESP in both encodings; RET; NOP of five bytes, where the kernel's tracer would hook in. */
const PUSH_EBP = 0x55;
const MOV_EBP_ESP: readonly number[] = [0xe589, 0xec8b];
const RET = 0xc3;
const NOP_5: readonly number[] = [0x001f0f, 0x748d3e];

export class StackWalk {
  readonly #cpu: Processor;

  constructor(cpu: Processor) {
    this.#cpu = cpu;
  }

  /** A 32-bit word at a linear address, or 0 where there is no RAM; nothing of the guest changes. */
  word(linear: number): number {
    const host = this.host(linear);
    if (host < 0 || (linear & OFFSET) > PAGE_SIZE - 4) return 0;
    const { u8 } = this.#cpu.state;
    return u8[host]! | (u8[host + 1]! << 8) | (u8[host + 2]! << 16) | (u8[host + 3]! << 24);
  }

  /** Host address of a byte of guest RAM, or -1. */
  host(linear: number): number {
    const { state, mmu } = this.#cpu;
    const fast = (state.get(state.get(STATE.tlbRead) + (linear >>> 12) * 4) + linear) | 0;
    if (fast >= 0) return fast;
    const page = mmu.lookUp(linear);
    return page < 0 || (page + 1) * PAGE_SIZE > state.ramSize ? -1 : RAM + page * PAGE_SIZE + (linear & OFFSET);
  }

  /** Return addresses, unsigned, the innermost caller first. */
  callers(eip: number): number[] {
    const { state } = this.#cpu;
    const esp = state.gpr(ESP) >>> 0;
    let ebp = state.gpr(EBP) >>> 0;
    const found: number[] = [];
    const unframed = this.#beforeFrame(eip);
    if (unframed >= 0) found.push(this.word(esp + unframed) >>> 0);
    let above = esp;
    while (found.length < MOST_FRAMES && (ebp & 3) === 0 && ebp >= above && ebp - above < FARTHEST) {
      const to = this.word(ebp + 4) >>> 0;
      if (to === 0) break;
      found.push(to);
      above = ebp + 8;
      ebp = this.word(ebp) >>> 0;
    }
    return found;
  }

  /** Offset from ESP of the return address while EBP is still, or again, the caller's; -1 when it is not. */
  #beforeFrame(eip: number): number {
    const code = this.word(eip);
    const first = code & 0xff;
    if (first === PUSH_EBP || first === RET || NOP_5.includes(code & 0xffffff)) return 0;
    return MOV_EBP_ESP.includes(code & 0xffff) ? 4 : -1;
  }
}

/** Instruction fetch for generated code: where the bytes at EIP lie in host memory, and whether they may be executed. */
import { decode } from '../translator/isa/decoder.ts';
import { CS, PAGE_SIZE, STATE } from '../translator/layout.ts';
import type { RecordedFault } from './faults.ts';
import type { PagingUnit } from './memory/mmu.ts';
import { codeSize, isFlat } from './mode.ts';
import { type CpuState, GuestFault, VECTOR } from './state.ts';

/** An instruction without prefixes is at most this long; only prefixes can make one too long. */
const PREFIXES_TO_WORRY = 4;
const isPrefix = (byte: number): boolean =>
  byte === 0x66 ||
  byte === 0x67 ||
  byte === 0xf0 ||
  (byte & 0xfe) === 0xf2 ||
  (byte & 0xe7) === 0x26 ||
  (byte & 0xfe) === 0x64;

export class InstructionFetch {
  readonly #state: CpuState;
  readonly #mmu: PagingUnit;
  readonly #faults: RecordedFault;

  constructor(state: CpuState, mmu: PagingUnit, faults: RecordedFault) {
    this.#state = state;
    this.#mmu = mmu;
    this.#faults = faults;
  }

  /** Execute entry of a linear page, filled if it can be; 0 where there can be none. */
  executeEntry(page: number): number {
    try {
      this.#mmu.fetch(page << 12);
      return this.#state.get(this.#state.get(STATE.tlbExec) + page * 4);
    } catch (fault) {
      if (fault instanceof GuestFault) return 0;
      throw fault;
    }
  }

  /** Host pointer to the instruction at EIP with all its bytes in a row; 0 after a fault. */
  fetch(): number {
    const state = this.#state;
    const { observers } = this.#mmu;
    try {
      const eip = state.get(STATE.eip);
      const linear = (state.segBase(CS) + eip) | 0;
      const host = this.#mmu.fetch(linear);
      if (observers.watchesCode(linear) && observers.fetched(linear)) return this.#faults.hold();
      const inPage = PAGE_SIZE - (linear & (PAGE_SIZE - 1));
      if (inPage >= 16 && isFlat(state) && !this.#mayBeTooLong(host)) return host;
      return this.#fetchCarefully(linear, eip >>> 0, host, inPage);
    } catch (fault) {
      return this.#faults.record(fault);
    }
  }

  #mayBeTooLong(host: number): boolean {
    const { u8 } = this.#state;
    let n = 0;
    while (n < PREFIXES_TO_WORRY && isPrefix(u8[host + n]!)) n++;
    return n === PREFIXES_TO_WORRY;
  }

  /** Near a page's end, with a limit to watch, or with many prefixes: decodes to know how many bytes there are. */
  #fetchCarefully(linear: number, eip: number, host: number, inPage: number): number {
    const state = this.#state;
    const limit = state.segLimit(CS);
    const buffer = STATE.fetchBuffer;
    const read = (index: number): number => {
      if (eip + index > limit) throw new GuestFault(VECTOR.GP, 0);
      const at = index < inPage ? host + index : this.#mmu.fetch((linear + index) | 0);
      state.u8[buffer + index] = state.u8[at]!;
      return state.u8[at]!;
    };
    if (decode(read, codeSize(state)) === 'too long') throw new GuestFault(VECTOR.GP, 0);
    return inPage >= 16 ? host : buffer;
  }
}

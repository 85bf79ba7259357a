/**
 * Traces a machine: hooks are put around functions of its parts when a trace is asked for, so that without one
 * nothing is even compared.
 */
import type { Board } from '../../runtime/board.ts';
import type { RegionLog } from '../../runtime/jit/region-log.ts';
import type { Processor } from '../../runtime/processor.ts';
import { PAGE_SIZE } from '../../translator/layout.ts';
import type { AddressRange, TraceOptions } from '../machine/api.ts';
import { hex, type TraceContext, type TraceHook } from './context.ts';
import { traceExceptions, traceInterrupts } from './deliveries.ts';
import { traceExec } from './exec.ts';
import { traceIo } from './io.ts';
import { tracedLog, traceJit } from './jit.ts';
import { tracePages } from './pages.ts';
import type { TraceSubject } from './subjects.ts';
import { traceVmi } from './vmi.ts';
import { TraceWriter } from './writer.ts';

const HOOKS: Readonly<Record<TraceSubject, TraceHook>> = {
  exec: traceExec,
  exceptions: traceExceptions,
  interrupts: traceInterrupts,
  pages: tracePages,
  vmi: traceVmi,
  io: traceIo,
  jit: traceJit,
};

const COUNT_WIDTH = 12;
const SUBJECT_WIDTH = 10;

export class Tracer {
  readonly #subjects: readonly TraceSubject[];
  readonly #ranges: readonly AddressRange[];
  readonly #writer: TraceWriter;
  #context!: (subject: TraceSubject) => TraceContext;

  /** @throws UserError when the file cannot be made */
  constructor({ subjects, ranges = [], file, notice }: TraceOptions) {
    this.#subjects = [...new Set(subjects)];
    this.#ranges = ranges;
    this.#writer = new TraceWriter(file, (message) => notice?.(`trace: ${message}`));
  }

  /** For the translator of the machine; what it is told goes on to `inner`. */
  log(inner: RegionLog | undefined): RegionLog | undefined {
    return this.#subjects.includes('jit') ? tracedLog(() => this.#context('jit'), inner) : inner;
  }

  /** Begins with this CPU, which must not have run yet, on this board. */
  attach(cpu: Processor, board: Board): void {
    const contains = (at: number): boolean => this.#ranges.some(({ first, last }) => at >= first && at <= last);
    const wants = (address: number | undefined): boolean =>
      this.#ranges.length === 0 || (address !== undefined && contains(address >>> 0));
    const wantsPage = (page: number): boolean =>
      this.#ranges.length === 0 ||
      this.#ranges.some(({ first, last }) => page * PAGE_SIZE + PAGE_SIZE > first && page * PAGE_SIZE <= last);
    this.#context = (subject) => ({
      cpu,
      board,
      wants,
      wantsPage,
      write: (address, text) => {
        if (!wants(address)) return;
        const place = address === undefined ? ' '.repeat(8) : hex(address);
        const count = String(cpu.instructions).padStart(COUNT_WIDTH);
        this.#writer.write(`${count} ${subject.padEnd(SUBJECT_WIDTH)} ${place} ${text}`);
      },
    });
    for (const subject of this.#subjects) HOOKS[subject](this.#context(subject));
  }

  /** Writes out what has been collected. */
  flush(): void {
    this.#writer.flush();
  }

  close(): void {
    this.#writer.close();
  }
}

/** The machine behind the public API: CPU, board, guest and run loop. */
import { EventEmitter } from 'node:events';
import { loadCore } from '../../runtime/core-module.ts';
import type { MemoryHole } from '../../runtime/memory/physical.ts';
import { Processor } from '../../runtime/processor.ts';
import type { Translation } from '../../runtime/translation.ts';
import { translationFor, translationOptions } from '../engine.ts';
import { BOUND_CALLS } from '../hypervisor/host-calls.ts';
import { Hypervisor } from '../hypervisor/hypervisor.ts';
import { ROM_BASE } from '../hypervisor/rom.ts';
import type { Profile } from '../profile/profile.ts';
import type { Profiler } from '../profile/profiler.ts';
import { Tracer } from '../trace/tracer.ts';
import type { CrashReport, DiskOptions, Machine, MachineEvents, Outcome, Stats } from './api.ts';
import { BoardSocket } from './board-socket.ts';
import { loadKernel } from './boot/load.ts';
import { HostClock, InstructionClock, type MachineClock } from './clock.ts';
import { ConsolePort } from './console-port.ts';
import { crashReport } from './crash-report.ts';
import { Debugger } from './debug/debugger.ts';
import { DiskImage } from './disk-image.ts';
import { e820Map } from './e820.ts';
import { memoryMap } from './memory-map.ts';
import { PcBoard } from './pc-board.ts';
import { RunLoop } from './run-loop.ts';
import type { MachineSpecification } from './specification.ts';
import { startProcessor } from './start.ts';
import { collectStats } from './stats.ts';

/** The date of a machine whose time counts instructions: runs repeat exactly. */
const FIXED_DATE = Date.UTC(2026, 0, 1);

/** Ranges below the end of RAM that are not RAM. */
const holesOf = (memorySize: number): MemoryHole[] =>
  memoryMap(memorySize)
    .filter(({ base, kind }) => base < memorySize && kind !== 'ram')
    .map(({ base, length, kind }) => ({ start: base, length, kind: kind === 'rom' ? 'rom' : 'device' }));

/** Builds the machine and loads its kernel. */
export const createPc = async (specification: MachineSpecification): Promise<Pc> => {
  const { engine, profile, trace, cpu } = specification;
  const guest = { hostCalls: BOUND_CALLS, levels: cpu.levels };
  const profiler = profile && (await newProfiler(profile, translationOptions(engine, guest)));
  const tracer = trace && new Tracer(trace);
  // Before the worker starts: it changes, for a moment, how V8 treats modules.
  const core = await loadCore(profile?.exact);
  const translation = await translationFor(engine, {
    ...guest,
    counters: profile?.exact ?? false,
    log: tracer ? tracer.log(profiler?.log) : profiler?.log,
  });
  return new Pc(specification, core, translation, { profiler, tracer });
};

/** Loaded when it is wanted: it brings readers of symbol files. */
const newProfiler = async (...wishes: ConstructorParameters<typeof Profiler>): Promise<Profiler> => {
  const { Profiler } = await import('../profile/profiler.ts');
  return new Profiler(...wishes);
};

/** What looks on while the machine runs. */
interface Instruments {
  readonly profiler?: Profiler | undefined;
  readonly tracer?: Tracer | undefined;
}

export class Pc extends EventEmitter<MachineEvents> implements Machine {
  readonly serial = new ConsolePort();
  readonly console: ConsolePort;
  /** The hold of a debugger. */
  readonly debugger: Debugger;
  readonly #specification: MachineSpecification;
  readonly #socket = new BoardSocket();
  readonly #cpu: Processor;
  readonly #clock: MachineClock;
  readonly #loop: RunLoop;
  readonly #disks: DiskImage[];
  readonly #profiler: Profiler | undefined;
  readonly #tracer: Tracer | undefined;
  #board!: PcBoard;
  #hypervisor: Hypervisor | undefined;
  #running = false;
  #stopped = false;
  #outcome: Outcome | undefined;
  #resetWanted = false;

  constructor(
    specification: MachineSpecification,
    core: WebAssembly.Module,
    translation: (cpu: Processor) => Translation,
    { profiler, tracer }: Instruments = {},
  ) {
    super();
    this.#specification = specification;
    this.#cpu = new Processor({
      core,
      ramSize: specification.memorySize,
      board: this.#socket,
      model: specification.cpu,
      holes: holesOf(specification.memorySize),
      translation,
      executed: profiler?.executed,
    });
    this.#clock = new (specification.icount ? InstructionClock : HostClock)(() => this.#cpu.instructions);
    this.#disks = specification.disks.map(({ path, readonly }) => new DiskImage(path, { readOnly: readonly }));
    this.debugger = new Debugger(this.#cpu, () => this.#loop.wake());
    this.#loop = new RunLoop(this.#cpu, this.#clock, {
      afterSlice: () => this.#afterSlice(),
      ended: () => this.#outcome !== undefined,
      reins: this.debugger,
      held: (held) => this.emit(held ? 'hold' : 'release'),
      run: profiler && ((fuel) => profiler.run(fuel)),
    });
    this.#profiler = profiler;
    profiler?.attach(this.#cpu);
    this.#tracer = tracer;
    tracer?.attach(this.#cpu, this.#socket);
    this.console = specification.console === 'virtio' ? new ConsolePort() : this.serial;
    this.#powerOn();
  }

  async run(): Promise<Outcome> {
    if (this.#running) throw new Error('the machine runs already');
    if (this.#stopped) throw new Error('the machine has been stopped');
    this.#running = true;
    this.#outcome = undefined;
    this.#clock.resume();
    try {
      await this.#loop.run();
    } finally {
      this.#running = false;
      this.#clock.pause();
    }
    const outcome = this.#outcome ?? this.#crashed();
    if (outcome.reason !== 'paused') this.debugger.end(outcome.reason);
    this.#announce(outcome);
    return outcome;
  }

  /** With `vmi: true`. */
  get hypervisor(): Hypervisor | undefined {
    return this.#hypervisor;
  }
  /** The CPU itself: for debuggers and tests that compare engines. */
  get processor(): Processor {
    return this.#cpu;
  }

  /** Executes exactly up to the given count of instructions since the start; needs `icount`. */
  advance(instructions: number): void {
    if (this.#clock instanceof HostClock) throw new Error('only a machine with icount can be advanced');
    this.#loop.advance(instructions);
  }

  pause(): void {
    if (this.#running) this.#end({ reason: 'paused' });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#running) this.#end({ reason: 'stopped' });
    this.debugger.end('stopped');
    await this.#cpu.translation.close();
    this.#board.flushOutput();
    this.#tracer?.close();
    for (const disk of this.#disks) disk.close();
    for (const port of this.#ports) port.close();
    this.emit('stop');
  }

  stats(): Stats {
    const times = { guest: this.#clock.now(), slept: this.#loop.slept };
    return collectStats(this.#cpu, this.#hypervisor !== undefined, times);
  }

  profile(): Profile {
    if (!this.#profiler) throw new Error('the machine was made without profile');
    return this.#profiler.finish(this.#specification);
  }

  /** A board as at power on, and the kernel loaded anew. */
  #powerOn(): void {
    const { memorySize, kernel, initrd, commandLine, icount, vmi } = this.#specification;
    this.#board = new PcBoard(
      {
        clock: this.#clock,
        date: icount ? FIXED_DATE : Date.now(),
        disks: this.#disksOn('virtio'),
        ideDisks: this.#disksOn('ide'),
        serial: this.serial.end,
        ...(this.console !== this.serial && { console: this.console.end }),
        onPowerOff: () => this.#end({ reason: 'poweroff' }),
        onReset: () => {
          this.#resetWanted = true;
          this.#cpu.requestAttention();
        },
      },
      this.#cpu,
      this.#cpu.physical,
    );
    this.#socket.plug(this.#board);
    for (const port of this.#ports) port.onInput(() => this.#loop.wake());
    this.#cpu.forgetCode();
    if (vmi === true) this.#hypervisor = new Hypervisor(this.#cpu, this.#board.forHypervisor());
    else if (vmi) this.#cpu.physical.install(ROM_BASE, vmi.bytes);
    const target = { memory: this.#cpu.state.ram, e820: e820Map(memorySize) };
    startProcessor(this.#cpu, loadKernel(kernel, target, { initrd, commandLine }));
  }

  get #ports(): Set<ConsolePort> {
    return new Set([this.serial, this.console]);
  }

  #disksOn(face: DiskOptions['interface']): DiskImage[] {
    return this.#disks.filter((_, i) => this.#specification.disks[i].interface === face);
  }

  #end(outcome: Outcome): void {
    this.#outcome ??= outcome;
    this.#loop.wake();
  }

  #afterSlice(): void {
    this.#board.flushOutput();
    this.#tracer?.flush();
    if (!this.#resetWanted || this.#outcome) return;
    this.#resetWanted = false;
    this.emit('reset');
    this.#powerOn();
  }

  #crashed(): Outcome {
    const report: CrashReport = crashReport(this.#cpu);
    return { reason: 'crash', report };
  }

  #announce(outcome: Outcome): void {
    if (outcome.reason === 'poweroff') this.emit('poweroff');
    else if (outcome.reason === 'crash') this.emit('crash', outcome.report);
    else if (outcome.reason === 'paused') this.emit('pause');
  }
}

/** Takes the profile of one machine's run: the sampler, the log of regions, and at the end the names. */

import type { RunResult } from '../../runtime/execution.ts';
import type { RegionLog } from '../../runtime/jit/region-log.ts';
import type { Processor } from '../../runtime/processor.ts';
import { PAGE_SIZE, RAM } from '../../translator/layout.ts';
import type { TranslationOptions } from '../../translator/region/request.ts';
import { UserError } from '../errors.ts';
import { isElf } from '../machine/boot/elf.ts';
import { peek } from '../machine/debug/memory.ts';
import type { MachineSpecification } from '../machine/specification.ts';
import { readElfFile } from '../symbols/elf-file.ts';
import { embeddedFiles, initramfsFiles } from '../symbols/initrd.ts';
import { moduleSymbols } from '../symbols/kernel-modules.ts';
import { kernelNames, type SymbolFile } from '../symbols/kernel-symbols.ts';
import { Programs } from '../symbols/programs.ts';
import { SymbolTable } from '../symbols/symbol-table.ts';
import { buildProfile } from './build.ts';
import { InterpreterCounts } from './interpreter-counts.ts';
import { Names } from './names.ts';
import { PageStore } from './page-store.ts';
import type { Profile } from './profile.ts';
import { RegionRecords } from './region-records.ts';
import { Sampler } from './sampler.ts';

/** What is wanted of a profile. */
export interface ProfilerOptions {
  /** Instructions between two samples on average. */
  readonly interval: number;
  /** Executions are counted too. */
  readonly exact: boolean;
  readonly symbols: readonly SymbolFile[];
}

export class Profiler {
  readonly options: ProfilerOptions;
  readonly translation: TranslationOptions;
  /** For the translator of the same machine. */
  readonly log: RegionLog = { added: (installed) => this.#regions!.added(installed) };
  /** For the CPU of the same machine: hears of the interpreters' instructions, if executions are to be counted. */
  readonly executed: ((eip: number, times: number) => void) | undefined;
  #cpu: Processor | undefined;
  #pages: PageStore | undefined;
  #regions: RegionRecords | undefined;
  #sampler: Sampler | undefined;
  #interpreted: InterpreterCounts | undefined;

  /** @param translation how the machine translates, without counters */
  constructor(options: ProfilerOptions, translation: TranslationOptions) {
    this.options = options;
    this.translation = translation;
    if (options.exact) this.executed = (eip, times) => this.#interpreted!.executed(eip, times);
  }

  /** Begins with this CPU, which must not have run yet. */
  attach(cpu: Processor): void {
    this.#cpu = cpu;
    this.#pages = new PageStore(cpu.state.ram);
    this.#regions = new RegionRecords(cpu.state, this.#pages);
    this.#interpreted = new InterpreterCounts(cpu, this.#pages);
    this.#sampler = new Sampler(cpu, this.#pages, this.#regions, this.options.interval);
  }

  /** Processor.run, with samples taken. */
  run(fuel: number): RunResult {
    return this.#sampler!.run(fuel);
  }

  /** The profile up to now. */
  finish(specification: MachineSpecification): Profile {
    const cpu = this.#cpu!;
    const kernel = kernelNames(this.options.symbols, specification.kernel, cpu.state.ram);
    const modules = moduleSymbols(cpu.state.ram, (linear, length) => peek(cpu, linear, length));
    const names = new Names({
      kernel: specification.kernel,
      kernelSymbols: kernel.table,
      moduleSymbols: new SymbolTable(modules),
      kernelFile: isElf(specification.kernel.bytes) ? readElfFile(specification.kernel) : undefined,
      programs: this.#programs(specification),
      pages: this.#pages!,
      hostFunction: (address) => this.#hostFunction(address),
    });
    return buildProfile({
      cpu,
      sampler: this.#sampler!,
      records: this.#regions!.all,
      names,
      kernel,
      pages: this.#pages!,
      translation: this.translation,
      interpreted: this.options.exact ? this.#interpreted : undefined,
    });
  }

  /** Kernels map the page of host functions where they like, and in all address spaces alike. */
  #hostFunction(address: number): string | undefined {
    const { mmu, hostFunctions } = this.#cpu!;
    const page = mmu.lookUp(address);
    return page < 0 ? undefined : hostFunctions.at(RAM + page * PAGE_SIZE + (address % PAGE_SIZE))?.call.name;
  }

  #programs({ kernel, initrd }: MachineSpecification): Programs {
    const programs = new Programs();
    for (const file of this.options.symbols) if (file.kind === 'program') programs.add(file.elf);
    const files = [
      ...(initrd ? initramfsFiles(initrd.bytes) : []),
      ...(isElf(kernel.bytes) ? embeddedFiles(kernel.bytes) : []),
    ];
    for (const { path, bytes } of files) {
      if (!isElf(bytes)) continue;
      try {
        programs.add(readElfFile({ name: path, bytes }));
      } catch (error) {
        // A program for another machine, or a damaged one: it cannot run, so it has no time to show.
        if (!(error instanceof UserError)) throw error;
      }
    }
    return programs;
  }
}

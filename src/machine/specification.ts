import { join } from 'node:path';
import { CPU_MODELS, type CpuModel, type CpuName, DEFAULT_CPU } from '../../runtime/control/models.ts';
import { UserError } from '../errors.ts';
import { checkRom, ROM_LIMIT } from '../hypervisor/inspect.ts';
import { packageRoot } from '../package-root.ts';
import type { ProfilerOptions } from '../profile/profiler.ts';
import { readSymbolFile } from '../symbols/kernel-symbols.ts';
import { TRACE_SUBJECTS } from '../trace/subjects.ts';
import type { DiskOptions, EngineOptions, MachineOptions, ProfileOptions, TraceOptions } from './api.ts';
import type { KernelImage } from './boot/identify.ts';
import { identifyKernel } from './boot/identify.ts';
import { planKernel } from './boot/load.ts';
import type { NamedBytes } from './boot/plan.ts';
import { DiskImage } from './disk-image.ts';
import { e820Map } from './e820.ts';
import { MOST_IDE_DISKS } from './ide/controller.ts';
import { readInput } from './input-files.ts';
import { MIN_MEMORY, MiB } from './memory-map.ts';

const PAGE = 4096;

/** Guest RAM in bytes: the upper limit leaves room for the CPU's tables in a WebAssembly memory of 2 GiB. */
export const MEMORY_LIMITS = { least: MIN_MEMORY, most: 1900 * MiB, usual: 256 * MiB } as const;

const MOST_PORT = 65535;
/** Instructions between two samples: some thousand a second, which costs little. */
const DEFAULT_INTERVAL = 500_000;
/** A kernel with all its debugging information is some hundred MB. */
const MOST_SYMBOLS = 2 ** 30;

/** The counts among the engine options. */
const ENGINE_LEAST = { threshold: 0, regionLimit: 1, maxRegions: 1 } as const;

/** A machine's options with defaults filled in, files read and everything checked: enough to build it without surprise. */
export interface MachineSpecification {
  /** Bytes of guest RAM, whole pages. */
  readonly memorySize: number;
  readonly kernel: KernelImage;
  readonly initrd: NamedBytes | undefined;
  readonly commandLine: string;
  readonly disks: readonly Required<DiskOptions>[];
  readonly icount: boolean;
  readonly cpu: CpuModel;
  readonly engine: EngineOptions;
  /** The VMI hypervisor, no VMI, or a ROM that brings its own. */
  readonly vmi: boolean | NamedBytes;
  readonly console: 'serial' | 'virtio';
  readonly trace: TraceOptions | undefined;
  readonly profile: ProfilerOptions | undefined;
}

/**
 * Checks options and reads the files they name.
 * @throws UserError for whatever the user got wrong
 */
export function specifyMachine(options: MachineOptions): MachineSpecification {
  const memorySize = checkMemory(options.memory ?? MEMORY_LIMITS.usual);
  checkEngine(options.engine ?? {});
  if (options.gdb) checkPort(options.gdb.port);
  const kernel = identifyKernel(content('kernel', options.kernel ?? embeddedGuest(), MEMORY_LIMITS.most));
  const initrd = options.initrd === undefined ? undefined : content('initrd', options.initrd, MEMORY_LIMITS.most);
  const commandLine = options.append ?? '';
  const disks = (options.disks ?? []).map(resolveDisk);
  const ideDisks = disks.filter((disk) => disk.interface === 'ide').length;
  if (ideDisks > MOST_IDE_DISKS)
    throw new UserError(`disk: ${ideDisks} IDE disks are too many, ${MOST_IDE_DISKS} are possible`);
  planKernel(kernel, { e820: e820Map(memorySize), initrd, commandLine });
  return {
    memorySize,
    kernel,
    initrd,
    commandLine,
    disks,
    icount: options.icount ?? false,
    cpu: cpuModel(options.cpu),
    engine: options.engine ?? {},
    vmi: resolveVmi(options.vmi ?? true),
    console: checkConsole(options.console ?? 'serial'),
    trace: options.trace && checkTrace(options.trace),
    profile: options.profile && specifyProfile(options.profile, kernel),
  };
}

/** The path of the guest kernel that comes with the package. */
export function embeddedGuest(): string {
  return join(packageRoot(), 'guest', 'guest.elf');
}

function content(what: string, source: string | Uint8Array, limit: number): NamedBytes {
  if (typeof source === 'string') return { name: source, bytes: readInput(source, limit) };
  if (source.length === 0) throw new UserError(`${what}: no bytes given`);
  return { name: what, bytes: source };
}

function resolveVmi(vmi: boolean | string | Uint8Array): boolean | NamedBytes {
  if (typeof vmi === 'boolean') return vmi;
  const rom = content('vmi', vmi, ROM_LIMIT);
  checkRom(rom.name, rom.bytes);
  return rom;
}

function checkMemory(bytes: number): number {
  if (!(bytes >= MEMORY_LIMITS.least && bytes <= MEMORY_LIMITS.most)) {
    const [given, least, most] = [bytes, MEMORY_LIMITS.least, MEMORY_LIMITS.most].map((size) => `${size / MiB} MiB`);
    throw new UserError(`memory: ${given} is out of range, ${least} to ${most} are possible`);
  }
  return Math.floor(bytes / PAGE) * PAGE;
}

/** @throws UserError when there is no such processor */
export function cpuModel(name: CpuName = DEFAULT_CPU): CpuModel {
  if (Object.hasOwn(CPU_MODELS, name)) return CPU_MODELS[name];
  throw new UserError(`cpu: '${name}' is none of ${Object.keys(CPU_MODELS).join(', ')}`);
}

function checkEngine(engine: EngineOptions): void {
  for (const [name, least] of Object.entries(ENGINE_LEAST)) {
    const value = engine[name as keyof typeof ENGINE_LEAST];
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    throw new UserError(`engine.${name}: ${value} is not a whole number from ${least}`);
  }
}

function checkConsole(name: string): 'serial' | 'virtio' {
  if (name !== 'serial' && name !== 'virtio') throw new UserError(`console: '${name}' is neither serial nor virtio`);
  return name;
}

function checkTrace(trace: TraceOptions): TraceOptions {
  for (const subject of trace.subjects) {
    if (!Object.hasOwn(TRACE_SUBJECTS, subject))
      throw new UserError(`trace: '${subject}' is none of ${Object.keys(TRACE_SUBJECTS).join(', ')}`);
  }
  return trace;
}

function checkPort(port: number): void {
  if (!(Number.isInteger(port) && port >= 0 && port <= MOST_PORT)) throw new UserError(`gdb.port: ${port} is no port`);
}

function specifyProfile(profile: ProfileOptions, kernel: KernelImage): ProfilerOptions {
  const { interval = DEFAULT_INTERVAL, exact = false, symbols = [] } = profile;
  if (!Number.isSafeInteger(interval) || interval < 1)
    throw new UserError(`profile.interval: ${interval} is not a whole number from 1`);
  const files = symbols.map((path) => readSymbolFile({ name: path, bytes: readInput(path, MOST_SYMBOLS) }, kernel));
  return { interval, exact, symbols: files };
}

/** Opens the image once, to see whether it can be. */
function resolveDisk(disk: string | DiskOptions): Required<DiskOptions> {
  const { path, readonly = false, interface: face = 'virtio' } = typeof disk === 'string' ? { path: disk } : disk;
  new DiskImage(path, { readOnly: readonly }).close();
  return { path, readonly, interface: face };
}

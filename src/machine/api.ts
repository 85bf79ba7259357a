import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { CpuName } from '../../runtime/control/models.ts';
import type { Profile } from '../profile/profile.ts';
import type { TraceSubject } from '../trace/subjects.ts';

/** How guest code is executed. Every setting gives the same guest-visible result. */
export interface EngineOptions {
  /** Translate hot code to WebAssembly; without it the interpreter does everything. Default true. */
  readonly jit?: boolean;
  /**
   * Executions of a region's entry before it is translated; 0 translates before the first. Default: about where
   * translating pays (DEFAULT_THRESHOLD in engine.ts).
   */
  readonly threshold?: number;
  /** Translate on this thread, when code becomes hot, so that the same code is translated at the same moment in every run. */
  readonly synchronous?: boolean;
  /** Guest instructions a translated region may hold at most, from 1. Default 100. */
  readonly regionLimit?: number;
  /**
   * Runs of the CPU that end in a region before it is translated once more, larger and with what it calls. Default 8;
   * 0: at the first translation; Infinity, or a regionLimit below the default: never.
   */
  readonly samples?: number;
  /**
   * Times that a region may be left for memory which the TLB does not lead to, before it is translated once more, larger,
   * to ask for such memory instead. Half of them are forgotten every 100 million instructions. Default 5000; 0: each
   * does from the start; Infinity: none.
   */
  readonly patience?: number;
  /**
   * Translated regions kept at most; when there are more all are dropped, and the hot ones come back. Default 30,000;
   * 500,000 where regionLimit is 1.
   */
  readonly maxRegions?: number;
}

/** How a profile is taken. */
export interface ProfileOptions {
  /**
   * Guest instructions between two samples on average. The first thousand samples come ten times as close, so that
   * short runs have some. Default 500,000.
   */
  readonly interval?: number;
  /** Executions are counted too, which makes the guest slower. Default false. */
  readonly exact?: boolean;
  /** Files with symbols: ELF kernels and programs, System.map. */
  readonly symbols?: readonly string[];
}

/** A raw image file behind a disk. */
export interface DiskOptions {
  /** On the host: a regular file of whole 512-byte sectors. */
  readonly path: string;
  /** The guest's writes are refused, and the file is opened for reading only. Default false. */
  readonly readonly?: boolean;
  /** What the guest sees: a virtio block device, or an IDE disk of the PIIX3, of which there can be four. Default virtio. */
  readonly interface?: 'virtio' | 'ide';
}

/** A debugger that may connect by GDB's remote serial protocol: `target remote localhost:PORT`. */
export interface GdbOptions {
  /** TCP port on the loopback interface; 0 takes a free one, which the first notice names. */
  readonly port: number;
  /** The guest does not run before a debugger lets it. Default false. */
  readonly wait?: boolean;
  /** Gets one line, without its end, about each thing that happens: listening, connected, gone. */
  readonly notice?: (line: string) => void;
}

/** Linear addresses, both ends included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** What is written down while the guest runs: a line an event. */
export interface TraceOptions {
  readonly subjects: readonly TraceSubject[];
  /** Only events at these addresses. Default: all. */
  readonly ranges?: readonly AddressRange[];
  /** Default: standard error. */
  readonly file?: string;
  /** Gets one line, without its end, when the file cannot be written any more. */
  readonly notice?: (line: string) => void;
}

/** What a machine is made of. Paths are the host's; a relative one starts at the working directory. */
export interface MachineOptions {
  /** A bzImage, ELF vmlinux or Multiboot kernel: path or content. Default: the embedded guest. */
  readonly kernel?: string | Uint8Array;
  /** The initial RAM disk (for a Multiboot kernel the first module): path or content. */
  readonly initrd?: string | Uint8Array;
  /** The kernel command line. Default empty. */
  readonly append?: string;
  /** Guest RAM in bytes, rounded down to whole 4 KB pages; MEMORY_LIMITS says how much. Default 256 MiB. */
  readonly memory?: number;
  /** The processor, by name: what CPUID tells and which instructions there are. Default 'pentium4'. */
  readonly cpu?: CpuName;
  /** In the order in which the guest finds those of one interface; a string is the path of a writable virtio disk. */
  readonly disks?: readonly (string | DiskOptions)[];
  /** Guest time counts instructions instead of following the host's clock, so that a run repeats exactly. */
  readonly icount?: boolean;
  /**
   * What `console` of the machine is: the first UART (`ttyS0`), which is there in any case, or a virtio console
   * (`hvc0`). Default serial.
   */
  readonly console?: 'serial' | 'virtio';
  readonly engine?: EngineOptions;
  /** Default: no debugger. */
  readonly gdb?: GdbOptions;
  /** Default: no trace. */
  readonly trace?: TraceOptions;
  /**
   * Whether kernels find a VMI hypervisor: this one's ROM (true, the default), none, or a VMI ROM image of another
   * make: path or content.
   */
  readonly vmi?: boolean | string | Uint8Array;
  /** Take a profile. Without it none is taken, and nothing is paid for it. */
  readonly profile?: ProfileOptions;
}

/** What the guest was doing when it crashed. */
export interface CrashReport {
  /** In a few words, such as "triple fault". */
  readonly cause: string;
  /** Register values by the names of the manual (eip, eax, cs, cr0, …), unsigned. */
  readonly registers: Readonly<Record<string, number>>;
  /** The instruction that failed, last, and those before it in memory; `address` is linear. */
  readonly lastInstructions: readonly { readonly address: number; readonly text: string }[];
}

/** Why a run ended. */
export type Outcome =
  /** The guest has switched the machine off. */
  | { readonly reason: 'poweroff' }
  /** A triple fault; the CPU stands still. */
  | { readonly reason: 'crash'; readonly report: CrashReport }
  /** pause() was called; run() goes on. */
  | { readonly reason: 'paused' }
  /** stop() was called. */
  | { readonly reason: 'stopped' };

/** Events of a machine, with their arguments. */
export interface MachineEvents {
  /** The guest has reset itself and starts again from its kernel's entry. */
  reset: [];
  /** The guest has switched the machine off; its run is about to resolve. */
  poweroff: [];
  /** The guest has crashed; its run is about to resolve. */
  crash: [report: CrashReport];
  /** A run ends because of pause(). */
  pause: [];
  /** A debugger holds the guest now: it does not run, and its time stands. */
  hold: [];
  /** The guest goes on after `hold`. */
  release: [];
  /** All resources are released. */
  stop: [];
}

/** VMI calls, and the places in the guest's code that make them. */
export interface VmiStats {
  /** Places in translated code, now: those that became instructions, and those that became direct calls. */
  readonly inlinedSites: number;
  readonly importedSites: number;
  /** Calls that the interpreter has executed, by name. */
  readonly interpreted: Readonly<Record<string, number>>;
  /**
   * Places that the interpreter has met and that are not bound in translated code: the return address, the call, and
   * whether code there has been translated at all.
   */
  readonly unbound: readonly { readonly returnAddress: number; readonly call: string; readonly translated: boolean }[];
}

/** Counters since the machine was created. */
export interface Stats {
  /** Guest instructions executed, by tier. */
  readonly instructions: { readonly interpreter: number; readonly translated: number };
  /** Regions translated. */
  readonly regions: number;
  /** WebAssembly modules built for them. */
  readonly modules: number;
  /** Size of all these modules in bytes. */
  readonly codeBytes: number;
  /** Time spent building and compiling modules, in seconds of all threads together. */
  readonly compileSeconds: number;
  /** Transfers between regions through the dispatcher. */
  readonly transfers: number;
  /** Regions dropped because their code was written to or mapped elsewhere. */
  readonly invalidations: number;
  /** Pages entered into the TLB, each after a walk of the page tables while paging is on. */
  readonly tlbMisses: number;
  /** Exceptions delivered, by vector number in decimal. */
  readonly exceptions: Readonly<Record<string, number>>;
  /** The guest's clock since power on, in seconds. */
  readonly guestSeconds: number;
  /** Host time that the guest slept in HLT, in seconds. */
  readonly idleSeconds: number;
  /** With the VMI hypervisor. */
  readonly vmi?: VmiStats;
  /** CPU time of this process, user and system, in seconds. */
  readonly cpuSeconds: number;
  /** The largest resident set of this process, in bytes. */
  readonly peakRss: number;
  /** Further counters of the runtime, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

/** A console device. */
export interface Console {
  /** What is typed; it waits, with back pressure, until the guest takes it. Ending it does not end the guest. */
  readonly input: Writable;
  /** What the guest prints, as bytes. Ends when the machine is stopped; who has read enough may destroy it. */
  readonly output: Readable;
}

/** A PC with its guest loaded, not running until run() is called. */
export interface Machine extends EventEmitter<MachineEvents> {
  /** What the option `console` says. */
  readonly console: Console;
  /** The first UART: the same as `console` unless that is a virtio console. Who does not want its output destroys it. */
  readonly serial: Console;
  /**
   * Runs, from the start or from where it was paused, until something ends the run.
   * @throws Error when it runs already or has been stopped
   */
  run(): Promise<Outcome>;
  /** Halts between two instructions; run() then resolves as 'paused'. Nothing happens when it does not run. */
  pause(): void;
  /**
   * Ends the machine for good: finishes disk writes, ends the console output, releases memory, files and threads.
   * May be called at any time, and again.
   */
  stop(): Promise<void>;
  /** Counters up to now. May be called at any time, after stop() too. */
  stats(): Stats;
  /**
   * The profile up to now, with names; needs the option `profile`. May be called at any time, after stop() too.
   * @throws Error when none is taken
   */
  profile(): Profile;
}

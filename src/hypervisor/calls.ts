/**
 * The calls of VMI API 3.0 as data: number, name, signature, what a kernel is told about each, and how it is bound.
 * Names are the specification's; numbers, places and types those of Linux 2.6.21-2.6.36.
 */

/** How a kernel binds a call: the type that get_reloc answers. */
export const RELOCATION = { none: 0, callRel: 1, jumpRel: 2, nop: 3 } as const;
export type RelocationType = (typeof RELOCATION)[keyof typeof RELOCATION];

/** What get_reloc answers for a call. */
export interface Relocation {
  readonly type: RelocationType;
  /** Linear address; 0 with `none`. */
  readonly target: number;
}

/** Where an argument or result is; `[4]` is the first word above the return address. Pairs are high:low. */
export type Place = 'EAX' | 'EBX' | 'ECX' | 'EDX' | 'ESI' | 'EDI' | '[4]' | '[8]' | 'EDX:EAX' | 'ECX:EDX' | '[8]:[4]';
/** An argument or result by name. */
export type Signature = Readonly<Record<string, Place>>;

/**
 * What a call may change besides its results. `ordinary`: EAX, ECX, EDX and the arithmetic flags; `flags`: the
 * flags alone, for sites whose push and pop of registers are removed by patching; `transfer`: it does not return.
 */
export type Clobbers = 'ordinary' | 'flags' | 'transfer';

/**
 * How translated code does it: in its own instructions; as a call of a function of the core module; as a call of a
 * function in JavaScript. Or not at all: the kernel keeps its native way.
 */
export type Binding = 'inline' | 'wasm' | 'javascript' | 'none';

export interface VmiCall {
  readonly number: number;
  readonly name: string;
  readonly args: Signature;
  readonly results: Signature;
  readonly clobbers: Clobbers;
  readonly relocation: RelocationType;
  readonly binding: Binding;
  /** Why there is no function: `none` and NOP only. */
  readonly reason?: string;
}

type Draft = Omit<VmiCall, 'number'>;

const NOTHING: Signature = {};
const TO_EAX = (name: string): Signature => ({ [name]: 'EAX' });
const TO_PAIR = (name: string): Signature => ({ [name]: 'EDX:EAX' });

const bound =
  (binding: Binding) =>
  (name: string, args: Signature = NOTHING, results: Signature = NOTHING, clobbers: Clobbers = 'ordinary'): Draft => ({
    name,
    args,
    results,
    clobbers,
    relocation: RELOCATION.callRel,
    binding,
  });
const inline = bound('inline');
const compiled = bound('wasm');
const script = bound('javascript');
const absent = (name: string, reason: string, args: Signature = NOTHING, results: Signature = NOTHING): Draft => ({
  ...bound('none')(name, args, results),
  relocation: RELOCATION.none,
  reason,
});

const TABLE_POINTER: Signature = { pointer: 'EAX' };
const SELECTOR: Signature = { selector: 'EAX' };
const VALUE: Signature = { value: 'EAX' };
const DESCRIPTOR: Signature = { table: 'EAX', index: 'EDX', low: 'ECX', high: '[4]' };
const PORT_IN: Signature = { port: 'EDX' };
const PORT_OUT: Signature = { value: 'EAX', port: 'EDX' };
const STRING_IN: Signature = { destination: 'EDI', port: 'EDX', count: 'ECX' };
const STRING_OUT: Signature = { source: 'ESI', port: 'EDX', count: 'ECX' };

const REPEATED = 'the native instruction can be interrupted between two elements, a call cannot';
const SAME_MEMORY = 'machine and physical page numbers are the same';

/** In the order of their numbers. */
const DRAFTS: readonly Draft[] = [
  script('CPUID', { leaf: 'EAX', subleaf: 'ECX' }, { eax: 'EAX', ebx: 'EBX', ecx: 'ECX', edx: 'EDX' }),
  script('WRMSR', { register: 'ECX', value: 'EDX:EAX' }),
  script('RDMSR', { register: 'ECX' }, TO_PAIR('value')),
  script('SetGDT', TABLE_POINTER),
  script('SetLDT', SELECTOR),
  script('SetIDT', TABLE_POINTER),
  script('SetTR', SELECTOR),
  script('GetGDT', TABLE_POINTER),
  inline('GetLDT', NOTHING, TO_EAX('selector')),
  script('GetIDT', TABLE_POINTER),
  inline('GetTR', NOTHING, TO_EAX('selector')),
  inline('WriteGDTEntry', DESCRIPTOR),
  inline('WriteLDTEntry', DESCRIPTOR),
  inline('WriteIDTEntry', DESCRIPTOR),
  inline('UpdateKernelStack', { stackSegment: 'EAX', stackPointer: 'EDX' }),
  script('SetCR0', VALUE),
  inline('SetCR2', VALUE),
  script('SetCR3', VALUE),
  script('SetCR4', VALUE),
  inline('GetCR0', NOTHING, TO_EAX('value')),
  inline('GetCR2', NOTHING, TO_EAX('value')),
  inline('GetCR3', NOTHING, TO_EAX('value')),
  inline('GetCR4', NOTHING, TO_EAX('value')),
  inline('WBINVD'),
  script('SetDR', { index: 'EAX', value: 'EDX' }),
  script('GetDR', { index: 'EAX' }, TO_EAX('value')),
  absent('RDPMC', 'this processor has no performance counters', { counter: 'ECX' }, TO_PAIR('value')),
  inline('RDTSC', NOTHING, TO_PAIR('cycles')),
  compiled('CLTS'),
  inline('EnableInterrupts', NOTHING, NOTHING, 'flags'),
  inline('DisableInterrupts', NOTHING, NOTHING, 'flags'),
  inline('GetInterruptMask', NOTHING, TO_EAX('flags'), 'flags'),
  inline('SetInterruptMask', { flags: 'EAX' }, NOTHING, 'flags'),
  compiled('IRET', NOTHING, NOTHING, 'transfer'),
  compiled('SYSEXIT', { instruction: 'EDX', stack: 'ECX' }, NOTHING, 'transfer'),
  script('Halt'),
  script('Reboot', { how: 'EAX' }),
  script('Shutdown'),
  compiled('SetPxE', { entry: 'EAX', pointer: 'EDX', flags: 'ECX' }),
  compiled('SetPxELong', { entry: 'EDX:EAX', pointer: 'ECX', flags: '[4]' }),
  compiled('UpdatePxE', { pointer: 'EAX', flags: 'EDX' }),
  compiled('UpdatePxELong', { pointer: 'EAX', flags: 'EDX' }),
  absent('MachineToPhysical', SAME_MEMORY),
  absent('PhysicalToMachine', SAME_MEMORY),
  compiled('AllocatePage', { page: 'EAX', flags: 'EDX', origin: 'ECX', start: '[4]', count: '[8]' }),
  compiled('ReleasePage', { page: 'EAX', flags: 'EDX' }),
  compiled('InvalPage', { address: 'EAX' }),
  script('FlushTLB', { flags: 'EAX' }),
  inline('SetLinearMapping', { slot: 'EAX', address: 'EDX', pages: 'ECX', first: '[4]' }),
  script('INL', PORT_IN, VALUE),
  script('INB', PORT_IN, VALUE),
  script('INW', PORT_IN, VALUE),
  absent('INSL', REPEATED, STRING_IN),
  absent('INSB', REPEATED, STRING_IN),
  absent('INSW', REPEATED, STRING_IN),
  script('OUTL', PORT_OUT),
  script('OUTB', PORT_OUT),
  script('OUTW', PORT_OUT),
  absent('OUTSL', REPEATED, STRING_OUT),
  absent('OUTSB', REPEATED, STRING_OUT),
  absent('OUTSW', REPEATED, STRING_OUT),
  inline('SetIOPLMask', { mask: 'EAX' }),
  script('SetInitialAPState', { state: 'EAX', apic: 'EDX' }),
  script('APICWrite', { register: 'EAX', value: 'EDX' }),
  script('APICRead', { register: 'EAX' }, VALUE),
  { ...absent('IODelay', 'ports need no delay'), relocation: RELOCATION.nop },
  script('GetCycleFrequency', NOTHING, TO_PAIR('perSecond')),
  script('GetCycleCounter', { counter: 'EAX' }, TO_PAIR('cycles')),
  script('SetAlarm', { flags: 'EAX', expiry: 'ECX:EDX', period: '[8]:[4]' }),
  script('CancelAlarm', { flags: 'EAX' }, TO_EAX('wasSet')),
  script('GetWallclockTime', NOTHING, TO_PAIR('nanoseconds')),
  script('WallclockUpdated', NOTHING, TO_EAX('updated')),
  absent('SetCallbacks', 'no kernel uses it, and its arguments are not documented'),
  compiled('SetLazyMode', { mode: 'EAX' }),
];

/** Every call, by number. */
export const CALLS: readonly VmiCall[] = DRAFTS.map((draft, number) => ({ number, ...draft }));

/** API version that this table describes. */
export const API_VERSION = { major: 3, minor: 0 } as const;

/** Level of a page table, in the flags of SetPxE … ReleasePage. */
export const PAGE_LEVEL = { pt: 1, pd: 2, pdp: 4 } as const;
/** Further flags of AllocatePage and ReleasePage. */
export const PAGE_FLAG = { pae: 0x10, clone: 0x20, zeroed: 0x40 } as const;
/** Further flags of SetPxE and UpdatePxE; with `currentAddressSpace` bits 31-12 are the linear address mapped. */
export const ENTRY_FLAG = { currentAddressSpace: 0x10, defer: 0x20, addressMask: 0xffff_f000 } as const;
/** Argument of FlushTLB. */
export const FLUSH = { tlb: 1, global: 2 } as const;
/** Argument of SetLazyMode. */
export const LAZY_MODE = { none: 0, mmu: 1, cpu: 2 } as const;
/** Flags of SetAlarm and CancelAlarm. */
export const ALARM = { counterMask: 0xff, periodic: 0x100, wiredLvtt: 0x1_0000 } as const;
/** Counters of GetCycleCounter; the first two can have alarms. */
export const CYCLES = { real: 0, available: 1, stolen: 2 } as const;

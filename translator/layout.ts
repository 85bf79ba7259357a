/**
 * The one description of where things lie in the shared WebAssembly.Memory. Generated code, the interpreter and
 * the runtime all address CPU state through these constants; all are host offsets in bytes.
 *
 *   0x0000_0000  CPU state (one page)
 *   0x0000_2000  how often each exception and interrupt has been delivered
 *   0x0000_8000  tables of the x87's transcendental functions
 *   0x0008_0000  jump cache: (host address, eip, mode) → index in the function table
 *   0x0020_0000  arms of the hot interpreter
 *   0x0090_0000  changed page-table entries, where indirect calls led, and which TLB entries are filled
 *   0x009d_0000  functions of the host, and where they have been called
 *   0x00a0_0000  links: (eip, mode, mapping) → index in the function table
 *   0x00c0_0000  heat: execution counters of region entries
 *   0x0100_0000  TLB tables, two address spaces of privilege: read, write, execute
 *   0x0280_0000  what is known of each physical page
 *   0x0400_0000  guest RAM, physical address 0 first
 */

/** General registers in the order of their encoding. SDM vol. 2, table 3-1. */
export const GPR_NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;

/** Segment registers in the order of their encoding, then the two system segments. */
export const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'ldtr', 'tr'] as const;
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
export const LDTR = 6;
export const TR = 7;

let next = 0;
/** Reserves `bytes` of state at the next multiple of `align`. */
const field = (bytes = 4, align = Math.min(bytes, 16)): number => {
  next = Math.ceil(next / align) * align;
  const at = next;
  next += bytes;
  return at;
};

/** Host offsets of the fields of CPU state; 32-bit words unless a size is given. */
export const STATE = {
  gpr: field(8 * 4),
  eip: field(),
  /**
   * Arithmetic flags, kept as the operands they follow from (see flags.ts):
   * CF = carryA <u carryB; OF from the same two; ZF = result == 0; SF, PF, AF from result ^ parity.
   */
  flagCarryA: field(4, 8),
  flagCarryB: field(),
  flagResult: field(),
  flagParity: field(),
  /** EFLAGS without CF PF AF ZF SF OF; bit 1 always set. */
  eflags: field(),
  /** Instructions the CPU may still execute before it must look at the clock; never negative. */
  fuel: field(),
  /** Non-zero: something outside wants attention (see REQUEST) before the next instruction. */
  request: field(),
  /** The assumptions translated code is compiled under (see MODE); a region runs only in its own mode. */
  mode: field(),
  /** Host offsets of the TLB tables in force. */
  tlbRead: field(),
  tlbWrite: field(),
  tlbExec: field(),
  /** Set by a memory access or a helper that raised an exception: vector, or -1. */
  faultVector: field(),
  faultCode: field(),
  /** Host pointer to the first byte of the instruction that the complete interpreter is executing. */
  instruction: field(),
  /** Set by a region that makes all who called it leave, too: REGION_EXIT of exits.ts, or 0. */
  leaving: field(),
  /** EIP of the entry of the region that has left with REGION_EXIT.access; and how often one may. */
  leftBy: field(),
  patience: field(),
  /** One of SHADOW while the instruction after STI, POP SS or MOV SS is executed, else 0. */
  shadow: field(),

  /** Segment caches: SEGMENT_NAMES × { selector, base, limit (bytes, expanded), access (descriptor bits 8-23 >> 8) }. */
  segments: field(8 * 16, 16),
  gdtBase: field(),
  gdtLimit: field(),
  idtBase: field(),
  idtLimit: field(),
  cr0: field(),
  cr2: field(),
  cr3: field(),
  cr4: field(),
  dr: field(8 * 4),
  /** Page directory pointers loaded with CR3 under PAE: 4 × u64. */
  pdpte: field(32, 8),
  cpl: field(),
  sysenterCs: field(),
  sysenterEsp: field(),
  sysenterEip: field(),
  efer: field(),

  /** x87: control, status (TOP in bits 11-13), tag word in full form (2 bits a register), last instruction and operand. */
  fpuControl: field(),
  fpuStatus: field(),
  fpuTag: field(),
  fpuOpcode: field(),
  fpuIp: field(),
  fpuCs: field(),
  fpuDp: field(),
  fpuDs: field(),
  /** x87 registers by physical number: 8 × { u64 significand, u16 sign and exponent, padding to 16 bytes }. */
  fpu: field(8 * 16, 16),
  /** XMM registers, 8 × 16 bytes, and MXCSR. */
  xmm: field(8 * 16, 16),
  mxcsr: field(),
  /** Exceptions that the SSE instruction at hand has met, and the vector they raise it with, or 0. */
  simdFlags: field(),
  simdVector: field(),
  /** Groups of instructions that the processor has: levelBit of each. */
  levels: field(),

  /** CARRY_PAIRS of flags.ts, for code that looks a pair up: 4 × 2 words. */
  carryPairs: field(32, 16),
  /** Instruction bytes copied together where an instruction crosses a page: 16 bytes. */
  fetchBuffer: field(16, 16),
  /** Scratch for helpers that return more than one value: 8 × u64. */
  scratch: field(64, 16),
  /** Non-zero once an SSE instruction has had to do with a denormal number; regions clear it. */
  simdDenormal: field(),
  /** See VectorOperations.usualExponents: as it is after an exact function. */
  simdUsual: field(),
  /**
   * Announced changes of page tables: the bit of the address space in force, or 0 while they are not used; the lazy
   * mode, and entries in the queue. Counters of what was looked at together, and of translations made in advance.
   */
  announced: field(),
  lazyMode: field(),
  queued: field(),
  batched: field(),
  prefilled: field(),
  /** Non-zero while somebody observes what translated code does, for whom pages may lack TLB entries. */
  observed: field(),
  /** See COUNTERS. */
  counters: field(16, 8),
  /** Non-zero: an NMI handler has not ended with IRET yet. */
  nmiBlocked: field(),
  /** Non-zero: somebody hears of exceptions before they are delivered. */
  deliveryWatched: field(),
  /** Set to 1 whenever CPL becomes 3; who wants to know clears it. */
  userEntered: field(),
  /** EIP at which a region ended with less fuel than LOW_FUEL for the first time in a run; 0 before that. */
  fuelLowAt: field(),
  /** Host address of the page of host functions (see HOST_CALLS), or 0; and calls until the runtime wants to see one. */
  hostPage: field(),
  hostCallsLeft: field(),
} as const;

export const STATE_SIZE = next;

/** Event counters of the dispatcher, i32; the runtime takes them over and clears them after every run. */
export const COUNTERS = {
  /** Instructions executed by regions. */
  translatedInstructions: STATE.counters,
  /** Regions entered through the dispatcher. */
  transfers: STATE.counters + 4,
} as const;

/** Exceptions and interrupts delivered, u32 by vector. */
export const DELIVERED = 0x0000_2000;

/** Offset of one segment cache, and of its fields within. */
export const segment = (index: number): number => STATE.segments + index * 16;
export const SEG_SELECTOR = 0;
export const SEG_BASE = 4;
export const SEG_LIMIT = 8;
export const SEG_ACCESS = 12;

/** Interrupt shadows: that of a load of SS holds off debug exceptions too. SDM vol. 3, 6.8.3. */
export const SHADOW = { sti: 1, stackSegment: 2 } as const;

/** Bits of STATE.request. */
export const REQUEST = {
  /** INTR is asserted. */
  interrupt: 1,
  nmi: 2,
  /** The host wants the CPU back (pause, stop, a debugger). */
  host: 4,
  reset: 8,
  /** A trap is due after this instruction: single step or a data breakpoint. */
  trap: 16,
} as const;

/** Bits of STATE.mode: what a region may assume. Regions need `flat` and `code32`; the rest selects between them. */
export const MODE = {
  /** CS, DS, ES and SS have base 0 and limit FFFFFFFF, are readable, and DS, ES, SS writable. */
  flat: 1,
  code32: 2,
  stack32: 4,
  /** CPL 3. */
  user: 8,
  /** FS, GS usable without limit check: base only. */
  flatFs: 16,
  flatGs: 32,
  /** EFLAGS.IOPL ≥ CPL: CLI and STI need no check. */
  iopl: 64,
  /** Single step or breakpoints are on: nothing runs translated. */
  debug: 128,
  /** CR0.EM or CR0.TS is set: x87 instructions raise #NM. */
  noFpu: 256,
  /** CR0.TS set, CR0.EM set or CR4.OSFXSR clear: SSE instructions fault. */
  noSse: 512,
  /** CR0.AM, EFLAGS.AC and CPL 3: misaligned accesses fault. No segment counts as flat then, so that all are checked. */
  alignment: 1024,
} as const;
/** What a region is translated for, and looked up by: the rest of the mode is looked at when it matters. */
export const MODE_KEY = ~(MODE.noFpu | MODE.noSse);
/** What the hot interpreter needs: flat 32-bit code and stack, no debugging. */
export const MODE_HOT = MODE.flat | MODE.code32 | MODE.stack32;
export const MODE_HOT_MASK = MODE_HOT | MODE.debug;

/** See x87/function-tables.ts. */
export const FUNCTION_TABLES = 0x0000_8000;

/**
 * Execution counters of region entries: u32, indexed by a hash of the entry's host address. As many as keep apart what a
 * kernel and its programs jump to: what shares a counter becomes hot too early.
 */
export const HEAT = 0x00c0_0000;
export const HEAT_ENTRIES = 1 << 20;

/** Jump cache: from the host address of a region's entry to the region, with what it was compiled for. */
export const JUMP_CACHE = 0x0008_0000;
export const JUMP_CACHE_ENTRIES = 1 << 15;
export const JUMP_ENTRY_SIZE = 16;
/** Fields of an entry: host address of the code (0: empty), EIP, mode, index in the function table. */
export const JUMP_ENTRY = { host: 0, eip: 4, mode: 8, function: 12 } as const;

/**
 * Links: what regions, and the dispatcher first of all, look up where they go on. Found by EIP alone, so that code
 * which knows its target knows the slot; good only while the page's execute entry is the one it was made under.
 */
export const LINKS = 0x00a0_0000;
export const LINK_ENTRIES = 1 << 16;
export const LINK_SIZE = 16;
/** Fields of a link: EIP, mode (0: empty), execute entry of the page, index in the function table. */
export const LINK = { eip: 0, mode: 4, entry: 8, function: 12 } as const;
/** Guest calls that may be open at once as calls of generated code; deeper ones go through the dispatcher. */
export const LINK_DEPTH = 64;

/**
 * Index of the hot interpreter's arm for the first two bytes of an instruction: 2^16 × u16, 256 for each first byte.
 * One table for each of the two hot interpreters.
 */
export const ARMS = { counting: 0x0020_0000, plain: 0x0022_0000 } as const;
export type HotKind = keyof typeof ARMS;

/** Host addresses of page-table entries that have changed in lazy mode and are still to be looked at. */
export const CHANGED_ENTRIES = 0x0090_0000;
export const CHANGED_LIMIT = 64;
/** Bits of what is said of an entry, and the lazy mode in which changed entries are looked at together. */
export const ANNOUNCED = {
  /** It belongs to a page table in the address space in force, and its translation will be wanted soon. */
  wantedSoon: 0x11,
  lazyMmu: 1,
} as const;

/** Where indirect calls and jumps of regions have led last: EIPs, by a hash of the instruction's own; guesses only. */
export const LED_TO = 0x0090_1000;
export const LED_TO_ENTRIES = 1 << 10;

/** How often regions have been left for accesses since each was translated: u32, by a hash of the entry's EIP. */
export const ACCESS_EXITS = 0x0090_2000;
export const ACCESS_EXIT_ENTRIES = 1 << 10;

/**
 * TLB entries that are filled, those of global translations apart: how many, and from FILLED_WORDS on host offsets / 4.
 * By linear address / 4 MB, non-zero where entries came from large pages.
 */
export const FILLED = { local: 0x0092_0000, global: 0x0098_0000 } as const;
export const FILLED_WORDS = 16;
export const FILLED_LIMIT = 1 << 16;
export const LARGE_REGIONS = 0x0091_0000;

/**
 * Functions of the host, by their offset in their page / 8: what is done (host-operations.ts), its argument, and how
 * often interpreters have called it.
 */
export const HOST_CALLS = 0x009d_0000;
export const HOST_CALL_SIZE = 16;
export const HOST_CALL = { operation: 0, argument: 4, count: 8 } as const;
/**
 * Calls that the runtime has taken note of, by a hash: linear address of the call's last byte, execute entry of its
 * page, offset of the function.
 */
export const HOST_SITES = 0x009e_0000;
export const HOST_SITE_ENTRIES = 1 << 12;
export const HOST_SITE_SIZE = 16;
export const HOST_SITE = { last: 0, entry: 4, offset: 8 } as const;

/**
 * TLB: one u32 a page of linear address space. Read and write entries e make e + a the host address of linear
 * address a, or leave bit 31 set where the access must take the slow path (TLB_MISS). Execute entries are the
 * host address of the page with bit 0 set, or 0.
 */
export const TLB_TABLE_SIZE = 4 << 20;
const TLB = 0x0100_0000;
export const TLB_TABLES = {
  supervisor: { read: TLB, write: TLB + TLB_TABLE_SIZE, exec: TLB + 2 * TLB_TABLE_SIZE },
  user: { read: TLB + 3 * TLB_TABLE_SIZE, write: TLB + 4 * TLB_TABLE_SIZE, exec: TLB + 5 * TLB_TABLE_SIZE },
} as const;
/** Distances from the read table of an address space to the others. */
export const TLB_WRITE = TLB_TABLE_SIZE;
export const TLB_EXEC = 2 * TLB_TABLE_SIZE;
/** The entry of a page that must take the slow path, for linear page number `page`. */
export const tlbMiss = (page: number): number => (0x8000_0000 - (page << 12)) | 0;

/** Physical pages that RAM may have. */
export const MOST_PAGES = 1 << 19;
/**
 * By physical page. `kinds` (u8, for all of 4 GiB): one of PAGE_KIND of runtime/memory/physical.ts. `code` (u8):
 * non-zero where translated code lies. `writers` (i32): the word of the one TLB write entry that maps it, 0, or -1 for
 * several. Then of page tables that kept translations were read from: bits of the address spaces that use it as
 * a page table, as a page directory, and which part of them it maps, counted from 1, or -1 for several.
 */
export const PAGES = {
  kinds: 0x0280_0000,
  code: 0x0290_0000,
  writers: 0x0298_0000,
  tableUsers: 0x02b8_0000,
  directoryUsers: 0x02d8_0000,
  regions: 0x02f8_0000,
} as const;

/** Guest RAM starts here; memory ends below 2 GiB so that a valid host address has bit 31 clear. */
export const RAM = 0x0400_0000;

export const PAGE_SIZE = 4096;

/** Bits of EFLAGS. SDM vol. 1, 3.4.3. */
export const EFLAGS = {
  CF: 1 << 0,
  PF: 1 << 2,
  AF: 1 << 4,
  ZF: 1 << 6,
  SF: 1 << 7,
  TF: 1 << 8,
  IF: 1 << 9,
  DF: 1 << 10,
  OF: 1 << 11,
  IOPL: 3 << 12,
  NT: 1 << 14,
  RF: 1 << 16,
  VM: 1 << 17,
  AC: 1 << 18,
  VIF: 1 << 19,
  VIP: 1 << 20,
  ID: 1 << 21,
} as const;
export const ARITHMETIC_FLAGS = EFLAGS.CF | EFLAGS.PF | EFLAGS.AF | EFLAGS.ZF | EFLAGS.SF | EFLAGS.OF;

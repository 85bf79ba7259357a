/** What the processor knows of its translator: where heat is reported, and who must hear of changed code. */
export interface Translation {
  /** Executions after which a region entry is reported. */
  readonly threshold: number;
  /** EIP is hot, and the jump cache has no region for it. True when it has one now. */
  heat(eip: number): boolean;
  /** The region that begins at EIP has been left for accesses as often as STATE.patience allows. */
  leftForAccess(eip: number): void;
  /** Bytes of RAM that translated code was made from have changed. */
  onCodeWrite(physical: number, bytes: number): void;
  /** Whether translated code was made from any of these bytes, all in one page. */
  codeOverlaps(physical: number, bytes: number): boolean;
  /** Pointers that calls go through may have come to lead to host functions: code that could be better is dropped. */
  rebind(): void;
  /** Calls of host functions in translated code: EIP behind the call, name of the function. */
  hostCalls(): ReadonlyMap<number, string>;
  /** Jumps of translated code that are not bound: linear address of the last byte, and where they have led last. */
  unboundJumps(): readonly { readonly last: number; readonly target: number }[];
  /** Whether a region was made from the byte at a physical address. */
  covers(physical: number): boolean;
  /** Called between slices: sends off what has been waiting. */
  pump(): void;
  /** A run has used up its fuel at EIP: where the guest spends its time. */
  sample(eip: number): void;
  /**
   * What the log calls the region that an instruction at this place runs in, of several the one that begins closest
   * before it; -1 for none.
   */
  regionAt(physical: number, eip: number): number;
  stats(): TranslationStats;
  /** Lets go of threads. */
  close(): Promise<void>;
}

export interface TranslationStats {
  /** Guest instructions executed by regions. */
  readonly instructions: number;
  readonly regions: number;
  readonly modules: number;
  readonly codeBytes: number;
  /** Seconds of all threads. */
  readonly compileSeconds: number;
  readonly transfers: number;
  readonly invalidations: number;
  readonly counters: Readonly<Record<string, number>>;
}

const NOTHING: TranslationStats = {
  instructions: 0,
  regions: 0,
  modules: 0,
  codeBytes: 0,
  compileSeconds: 0,
  transfers: 0,
  invalidations: 0,
  counters: {},
};

/** The interpreter alone. */
export const NO_TRANSLATION: Translation = {
  threshold: 0x7fff_ffff,
  heat: () => false,
  leftForAccess: () => {},
  onCodeWrite: () => {},
  codeOverlaps: () => false,
  rebind: () => {},
  hostCalls: () => new Map(),
  unboundJumps: () => [],
  covers: () => false,
  pump: () => {},
  sample: () => {},
  regionAt: () => -1,
  stats: () => NOTHING,
  close: async () => {},
};

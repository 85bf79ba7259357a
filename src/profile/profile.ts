/** A finished profile: what the tables, pages and files of all formats are made from. */

import type { RegionListing } from '../../translator/region/listing.ts';

/** Where guest instructions were executed. */
export interface Cost {
  /** Guest instructions: counted, or those that samples stand for. */
  readonly instructions: number;
  /** Of these, in translated code. */
  readonly translated: number;
  readonly samples: number;
  /** Host time in seconds, as the samples have it: exact to about the distance between two. */
  readonly seconds: number;
}

/** How often control left translated code, by reason; counted in exact profiles only. */
export type Exits = Readonly<Partial<Record<ExitReason, number>>>;
export type ExitReason = 'call' | 'return' | 'indirect' | 'jump' | 'fuel' | 'slow' | 'host';

export interface FunctionProfile extends Cost {
  /** "kernel", or the file name of a program. */
  readonly module: string;
  readonly name: string;
  /** Of all instructions, 0 to 1. */
  readonly share: number;
  /** The share as the samples have it: the same, but in exact profiles. */
  readonly sampledShare: number;
  /** Entries into regions that begin in it; counted in exact profiles only. */
  readonly executions: number | undefined;
  readonly exits: Exits;
}

export interface RegionProfile {
  /** Linear address of its first instruction, unsigned. */
  readonly address: number;
  readonly module: string;
  /** Function and offset. */
  readonly name: string;
  /** Instructions that it was made from. */
  readonly size: number;
  /** Times it was translated, because its code had changed or the cache was emptied. */
  readonly translations: number;
  readonly instructions: number;
  readonly share: number;
  readonly executions: number | undefined;
  readonly exits: Exits;
  /** Executions by linear address (unsigned) of the instruction; without counting, those that samples stand for. */
  readonly counts: ReadonlyMap<number, number>;
  /** Calls of host functions that are bound in it. */
  readonly bound: readonly BoundCallProfile[];
  /** Guest code and the WebAssembly made of it, of the last translation; undefined where it cannot be made again. */
  list(): Promise<RegionListing | undefined>;
}

export interface BoundCallProfile {
  /** Linear address of the call, unsigned. */
  readonly address: number;
  readonly name: string;
  readonly how: 'in line' | 'function of the core module' | 'JavaScript function';
}

/** A function in a call stack; a node's callers come before it. */
export interface StackNode extends Cost {
  /** Position of the caller, -1 for an outermost function. */
  readonly parent: number;
  readonly module: string;
  readonly name: string;
}

export interface Profile {
  readonly exact: boolean;
  /** Guest instructions of the run, by tier; always counted. */
  readonly instructions: number;
  readonly translated: number;
  readonly samples: number;
  /** Host time in seconds while the guest ran. */
  readonly seconds: number;
  /** Where the kernel's names are from. */
  readonly symbols: string | undefined;
  readonly warnings: readonly string[];
  /** Hottest first; their shares add up to 1. */
  readonly functions: readonly FunctionProfile[];
  /** Hottest first. */
  readonly regions: readonly RegionProfile[];
  /** Costs of a node are its own, without what it calls. */
  readonly stacks: readonly StackNode[];
}

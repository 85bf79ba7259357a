/** What a region is built from, and what its parts do for each other. */
import type { FlagSource } from '../flags.ts';
import type { Callee, Code, Local, Val } from '../wasm/code.ts';
import type { Flow } from './dominators.ts';
import type { FpuKnowledge } from './fpu-knowledge.ts';
import type { Frame } from './frame.ts';
import type { Key, Placed } from './graph.ts';
import type { Liveness } from './liveness.ts';
import type { Place, PlaceHook } from './places.ts';
import type { StackPlan } from './stack-plan.ts';

export interface RegionImports {
  readonly hostForRead: Callee;
  readonly hostForWrite: Callee;
  /** (linear page number) → its execute entry, filled if need be; 0 where it cannot be executed. */
  readonly execEntry: Callee;
  helper(name: string): Callee;
  hostFunction(name: string): Callee;
}

export interface EmitOptions {
  /** Assumptions of the region, bits of MODE. */
  readonly mode: number;
  /** Pages besides the entry's that must still be mapped as they were: linear page number → execute entry. */
  readonly guards: ReadonlyMap<number, number>;
  /** The fuel that may be used before it is looked at again. */
  readonly fuel: number;
  readonly precise: boolean;
  /** See RegionRequest. */
  readonly patient: boolean;
  readonly atPlace?: PlaceHook | undefined;
}

/** A region and what is known of it before it is built. */
export interface Region {
  readonly c: Code;
  readonly flow: Flow;
  readonly options: EmitOptions;
  readonly imports: RegionImports;
  readonly plan: StackPlan;
  readonly frame: Frame;
  readonly liveness: Liveness;
  /** What is known of the FPU where blocks begin, with registers counted from TOP; undefined where it is not used. */
  readonly fpuKnown: readonly FpuKnowledge[] | undefined;
  /** How many more calls may be made within calls: a parameter of the region. */
  readonly depth: Local;
  /** To be called where a place is being built: EmitOptions.atPlace. */
  note(place: Place, key: Key): void;
}

/** What holds from some instruction of a block to its end. */
export interface Established {
  /** Bits of MODE that are clear. */
  clear: number;
  fpu: FpuKnowledge;
}

/** The instruction that is being built, and what is known there. */
export interface Point {
  readonly placed: Placed;
  /** How many instructions a slow exit has to pay for. */
  readonly unpaid: number;
  /** What the flags follow from. */
  readonly flags: () => FlagSource;
  /** By what has been built of the block before. */
  readonly established: Established;
}

/** What a region does for its instructions. */
export interface RegionContext {
  readonly frame: Frame;
  readonly imports: RegionImports;
  /** Assumptions of the region, bits of MODE. */
  readonly mode: number;
  /** What the block at hand has established before this instruction. */
  readonly established: Established;
  /** Goes on at a known EIP: inside the region or out of it. */
  goTo(eip: number): void;
  /** Leaves for an EIP that is a value. */
  leaveTo(eip: Val): void;
  /** The same for an indirect jump, which may go through a table. */
  jumpTo(eip: Val): void;
  /** The same for a return: whoever called may be waiting. */
  returnBack(eip: Val): void;
  /** Calls code at `target`, the return address being pushed, and goes on at the return site. */
  callTo(target: Val, returnSite: number): void;
  /** The instruction that is being built begins once more: counted, and not without fuel for the whole region. */
  again(): void;
  /** Non-zero when no fuel is left for the instruction after the one that is being built. */
  fuelEnds(): Val;
  /** Whether accesses are asked for where the TLB does not lead to memory; else they leave the region. */
  readonly isPatient: boolean;
  /** Leaves so that the interpreter does the instruction that is being built. */
  leaveSlow(): void;
  /** The same for want of memory. */
  leaveForAccess(): void;
  /**
   * Leaves for an EIP when `fuel` instructions have been executed for the one that is being built. With `again` the
   * dispatcher looks anew at everything it knows.
   */
  leaveAfter(fuel: number, eip: Val, again?: boolean): void;
  /** Stores the fuel as it is when `fuel` instructions have been executed for the one that is being built. */
  storeFuelAfter(fuel: number): void;
}

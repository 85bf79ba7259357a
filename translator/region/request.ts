/**
 * What is asked of the translator and what it answers. Nothing here needs binaryen, which only the thread that
 * translates loads.
 */
import type { Targets } from './graph.ts';
import type { HostBinding, HostCall } from './host-call.ts';
import type { Counter } from './places.ts';

/** A linear page of a request: its number and execute entry. */
export interface RequestPage {
  readonly number: number;
  readonly entry: number;
  /** One bit a byte: jumps to it are expected. Without it any jump may be taken. */
  readonly expected?: Uint8Array | undefined;
}

/** One region to translate. All that the translation depends on is here. */
export interface RegionRequest {
  /** EIP, which is the linear address. */
  readonly eip: number;
  /** Bits of MODE. */
  readonly mode: number;
  /** Linear pages it may cover, with their execute entry (host address | 1); the entry's own page among them. */
  readonly pages: readonly RequestPage[];
  /** EIPs of entries of other regions in these pages and this mode that are worth going on in; a wide one does not. */
  readonly entries?: readonly number[] | undefined;
  /** A wide region is wanted; where indirect calls and jumps lead, by their EIP. */
  readonly wide?: ReadonlyMap<number, Targets> | undefined;
  /** Memory that the TLB does not lead to is asked for; else the region is left. */
  readonly patient?: boolean | undefined;
  /** Where host functions are; undefined where the region cannot call them. */
  readonly host?: HostBinding | undefined;
}

/** Content of the pages that requests name, by execute entry. */
export type PageContents = ReadonlyMap<number, Uint8Array>;

export interface TranslationOptions {
  /** Instructions in one region at most. */
  readonly regionLimit: number;
  /** All flags right at every instruction that may fault. */
  readonly precise: boolean;
  /** Groups of instructions that the processor has: levelBit of each. Without it, all. */
  readonly levels?: number;
  /** Functions of the host that guests may call. */
  readonly hostCalls?: readonly HostCall[];
  /** What is put into regions beside the guest's code: counters for profiles, marks and names for listings. */
  readonly extra?: 'counters' | 'marks';
}

/** What became of a request: a region; or none, as its first instruction cannot be translated; or part of another. */
export type Translated = TranslatedRegion | 'refused' | 'covered';
export interface TranslatedRegion {
  /** Export of the module. */
  readonly name: string;
  /** Instructions. */
  readonly size: number;
  /** Guest code it was made from: [linear address, bytes] ranges, each within one page. */
  readonly ranges: readonly (readonly [number, number])[];
  /** EIPs of its own blocks but the first. */
  readonly inside: readonly number[];
  /** EIPs at which it goes on in other regions. */
  readonly elsewhere: readonly number[];
  /** Graph.beyond. */
  readonly beyond: readonly number[];
  /** EIPs of its blocks that it goes on at by leaving, for want of structure. */
  readonly cut: readonly number[];
  /** Calls of host functions that were bound: EIP behind the call, name of the function. */
  readonly bound: readonly (readonly [number, string])[];
  /** Pointers at fixed linear addresses through which it calls or jumps unbound. */
  readonly pointers: readonly number[];
  /** Unbound jumps through what only shows at run time: EIP, and that of the last byte. */
  readonly jumps: readonly (readonly [number, number])[];
  /** With `extra: 'counters'`. */
  readonly counters?: readonly Counter[];
}

export interface TranslatedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In the order of the requests. */
  readonly regions: readonly Translated[];
}

/** Instructions of a region that is gone on in; what is shorter costs less as a copy. */
const WORTH_ENTERING = 24;

/** Whether two regions may be made from the same code: the same mode, and the entry's page where both have it. */
export const sharePages = (first: RegionRequest, { eip, mode, pages }: RegionRequest): boolean => {
  if (first.mode !== mode) return false;
  const at = (number: number, among: RegionRequest['pages']) => among.find((page) => page.number === number)?.entry;
  const own = at(first.eip >>> 12, first.pages);
  const mine = at(eip >>> 12, pages);
  return own === at(first.eip >>> 12, pages) && mine === at(eip >>> 12, first.pages);
};

/** Whether others go on in this region instead of translating its code again: not for the sake of a few instructions. */
export const isWorthEntering = ({ size }: TranslatedRegion): boolean => size >= WORTH_ENTERING;

/** A batch of regions becomes one wasm module: the translator's whole way from bytes to bytes. */

import { defineHelpers } from '../helpers.ts';
import { PIECE_PARAMS } from '../interpreter/string-pieces.ts';
import { type Instruction, isMemory } from '../isa/instruction.ts';
import { isIndirect, levelBit, type OperandKind } from '../isa/line.ts';
import { mayLieInMemory, OPERANDS } from '../isa/operands.ts';
import { CS, FS, GS, MODE, PAGE_SIZE } from '../layout.ts';
import { REGION_TABLE } from '../links.ts';
import { addBranchHints } from '../wasm/branch-hints.ts';
import type { Callee, Type } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { analyseFlow } from './dominators.ts';
import { emitRegion, type RegionImports } from './emit.ts';
import { buildGraph, type CodePages, type Graph, type Placed } from './graph.ts';
import { HOST_MODULE, type HostBinding, type HostCall, hostBinder } from './host-call.ts';
import { type Counter, countPlaces, markPlaces } from './places.ts';
import { isRepeatable } from './repeat.ts';

/** A linear page of a request: its number and execute entry. */
export interface RequestPage {
  readonly number: number;
  readonly entry: number;
  /** One bit a byte: jumps to it have been seen. Without it any jump may be taken. */
  readonly visited?: Uint8Array | undefined;
}

/** One region to translate. All that the translation depends on is here. */
export interface RegionRequest {
  /** EIP, which is the linear address. */
  readonly eip: number;
  /** Bits of MODE. */
  readonly mode: number;
  /** Linear pages it may cover, with their execute entry (host address | 1); the entry's own page among them. */
  readonly pages: readonly RequestPage[];
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
  /** Instructions, and so the fuel the region may use. */
  readonly size: number;
  /** Guest code it was made from: [linear address, bytes] ranges, each within one page. */
  readonly ranges: readonly (readonly [number, number])[];
  /** EIPs of its blocks but the first. */
  readonly inside: readonly number[];
  /** Calls of host functions that were bound: EIP behind the call, name of the function. */
  readonly bound: readonly (readonly [number, string])[];
  /** Pointers at fixed linear addresses through which it calls or jumps unbound. */
  readonly pointers: readonly number[];
  /** With `extra: 'counters'`. */
  readonly counters?: readonly Counter[];
}

export interface TranslatedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In the order of the requests. */
  readonly regions: readonly Translated[];
}

const isInMemory = (instruction: Instruction, kind: OperandKind | undefined): boolean => {
  const place = kind && OPERANDS[kind].place;
  return place === 'moffs' || (place !== undefined && mayLieInMemory(place) && isMemory(instruction));
};

const ALL_LEVELS = -1;
/** What regions are allowed to contain in a mode; anything else ends them. */
export const translatable =
  (mode: number, levels = ALL_LEVELS) =>
  (instruction: Instruction): boolean => {
    const { line, segment, operandSize, rep } = instruction;
    if (!(levelBit(line.cpu) & levels)) return false;
    if (line.inline && line.host !== undefined && rep && !isRepeatable(instruction)) return false;
    if (line.ends !== 'no' && operandSize === 16) return false;
    if (segment === FS && !(mode & MODE.flatFs)) return false;
    if (segment === GS && !(mode & MODE.flatGs)) return false;
    // A write through CS faults in every mode.
    return segment !== CS || line.access === 'read' || !isInMemory(instruction, line.operands[0]);
  };

/** The bytes that a request's region may be made from. */
export const codePages = ({ pages }: RegionRequest, contents: PageContents): CodePages => {
  const entries = new Map(pages.map(({ number, entry }) => [number, entry]));
  return {
    page: (number) => contents.get(entries.get(number) ?? 0),
    visited: (eip) => {
      const seen = pages.find(({ number }) => number === eip >>> 12)?.visited;
      return !seen || (seen[(eip & (PAGE_SIZE - 1)) >>> 3]! & (1 << (eip & 7))) !== 0;
    },
  };
};

type GraphOptions = Pick<TranslationOptions, 'regionLimit' | 'levels' | 'hostCalls'>;
/** The instructions of a request's region; undefined where there is nothing to translate. */
export const graphOf = (
  request: RegionRequest,
  contents: PageContents,
  { regionLimit, levels, hostCalls = [] }: GraphOptions,
): Graph | undefined => {
  const bind = request.host && hostBinder(new Map(hostCalls.map((call) => [call.offset, call])), request.host);
  return buildGraph(codePages(request, contents), request.eip, regionLimit, translatable(request.mode, levels), bind);
};

const SIGNATURES: Readonly<Record<string, { params: readonly Type[]; result?: Type }>> = {
  hostForRead: { params: ['i32', 'i32'], result: 'i32' },
  hostForWrite: { params: ['i32', 'i32'], result: 'i32' },
  execEntry: { params: ['i32'], result: 'i32' },
  loadSegment: { params: ['i32', 'i32'], result: 'i32' },
  ...Object.fromEntries(
    Object.entries(PIECE_PARAMS).map(([name, params]) => [name, { params, result: 'i32' as const }]),
  ),
};

/** Signatures of the core module's helpers: worked out by defining them in a module that is thrown away. */
let helpers: Record<string, Callee> | undefined;
const helperSignature = (name: string): Callee | undefined => {
  if (!helpers) {
    const scratch = new ModuleBuilder();
    helpers = defineHelpers(scratch);
    scratch.dispose();
  }
  return helpers[name];
};

/** Imports of one module, added when first used. */
const importsOf = (builder: ModuleBuilder): RegionImports => {
  const made = new Map<string, Callee>();
  const helper = (name: string): Callee => {
    let callee = made.get(name);
    if (!callee) {
      const signature = SIGNATURES[name] ?? helperSignature(name);
      if (!signature) throw new Error(`no function ${name} to import`);
      callee = builder.importFunction(name, name, signature.params, signature.result);
      made.set(name, callee);
    }
    return callee;
  };
  return {
    get hostForRead() {
      return helper('hostForRead');
    },
    get hostForWrite() {
      return helper('hostForWrite');
    },
    get execEntry() {
      return helper('execEntry');
    },
    helper,
    hostFunction: (name) => {
      const key = `${HOST_MODULE}.${name}`;
      const callee = made.get(key) ?? builder.importFunction(key, name, ['i32'], 'i32', HOST_MODULE);
      made.set(key, callee);
      return callee;
    },
  };
};

/** Ranges of code bytes, cut at page borders and merged where they touch. */
const rangesOf = (graph: Graph): [number, number][] => {
  const pieces: [number, number][] = [];
  for (const block of graph.blocks.values()) {
    for (const { eip, instruction } of block.instructions) {
      const inPage = 4096 - (eip & 4095);
      pieces.push([eip, Math.min(instruction.length, inPage)]);
      if (instruction.length > inPage) pieces.push([(eip + inPage) | 0, instruction.length - inPage]);
    }
  }
  pieces.sort((a, b) => (a[0] >>> 0) - (b[0] >>> 0));
  const merged: [number, number][] = [];
  for (const [at, bytes] of pieces) {
    const last = merged[merged.length - 1];
    if (last && last[0] + last[1] >= at && last[0] >>> 12 === at >>> 12)
      last[1] = Math.max(last[1], at + bytes - last[0]);
    else merged.push([at, bytes]);
  }
  return merged;
};

/** Translates requests into one module. Names of functions are reused, as binaryen keeps them for ever. */
export const translateModule = (
  requests: readonly RegionRequest[],
  contents: PageContents,
  options: TranslationOptions,
): TranslatedModule => {
  const builder = new ModuleBuilder(options.extra === 'marks');
  try {
    builder.importTable(REGION_TABLE, REGION_TABLE, 0);
    const imports = importsOf(builder);
    const regions: Translated[] = [];
    requests.forEach((request, n) => {
      const covered = regions.some(
        (region, k) => typeof region === 'object' && covers(requests[k]!, region, request, options),
      );
      regions.push(covered ? 'covered' : translateRegion(builder, imports, request, contents, `r${n}`, options));
    });
    return { bytes: addBranchHints(builder.emit()), regions };
  } finally {
    builder.dispose();
  }
};

/** Whether code of a region that comes first is all that a later one would be: what becomes hot together. */
const covers = (
  first: RegionRequest,
  { inside }: TranslatedRegion,
  { eip, mode, pages }: RegionRequest,
  { regionLimit }: TranslationOptions,
): boolean => {
  if (first.mode !== mode || regionLimit === 1 || !inside.includes(eip)) return false;
  const number = eip >>> 12;
  const entry = pages.find((page) => page.number === number)?.entry;
  return first.pages.some((page) => page.number === number && page.entry === entry);
};

const translateRegion = (
  builder: ModuleBuilder,
  imports: RegionImports,
  request: RegionRequest,
  contents: PageContents,
  name: string,
  options: TranslationOptions,
): TranslatedRegion | 'refused' => {
  const { precise, extra } = options;
  const entries = new Map(request.pages.map(({ number, entry }) => [number, entry]));
  const graph = graphOf(request, contents, options);
  if (!graph) return 'refused';
  const ranges = rangesOf(graph);
  const own = request.eip >>> 12;
  const guards = new Map<number, number>();
  for (const [at] of ranges) {
    const number = at >>> 12;
    if (number !== own) guards.set(number, entries.get(number)!);
  }
  const bound = boundIn(graph);
  for (const { bound: call } of bound) {
    guards.set(call!.page, request.host!.pages.find(({ number }) => number === call!.page)!.entry);
  }
  const counters: Counter[] = [];
  const atPlace =
    extra === 'counters' ? countPlaces(builder, name, counters) : extra === 'marks' ? markPlaces : undefined;
  const { mode } = request;
  emitRegion(builder, name, analyseFlow(graph), imports, { mode, guards, fuel: graph.size, precise, atPlace });
  return {
    name,
    size: graph.size,
    ranges,
    inside: [...graph.blocks.keys()].filter((eip) => eip !== request.eip),
    bound: bound.map(({ eip, instruction, bound: call }) => [(eip + instruction.length) | 0, call!.call.name]),
    pointers: pointersIn(graph),
    ...(extra === 'counters' && { counters }),
  };
};

/** Addresses of the pointers that indirect calls and jumps go through, where the instruction tells them. */
const pointersIn = (graph: Graph): number[] =>
  [...graph.blocks.values()]
    .map(({ instructions }) => instructions[instructions.length - 1]!)
    .filter(({ bound, instruction: { line, modrm, base, index } }) => {
      return !bound && isIndirect(line) && modrm >= 0 && modrm < 0xc0 && base < 0 && index < 0;
    })
    .map(({ instruction }) => instruction.displacement);

/** Instructions that have been bound to host functions. */
const boundIn = (graph: Graph): Placed[] =>
  [...graph.blocks.values()].flatMap(({ instructions }) => instructions.filter(({ bound }) => bound));

/** A batch of regions becomes one wasm module: the translator's whole way from bytes to bytes. */

import { defineHelpers } from '../helpers.ts';
import { PIECE_PARAMS } from '../interpreter/string-pieces.ts';
import { isIndirect } from '../isa/line.ts';
import { REGION_TABLE } from '../links.ts';
import { addBranchHints } from '../wasm/branch-hints.ts';
import type { Callee, Type } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import type { RegionImports } from './context.ts';
import { analyseFlow, cutTargets, longestWay } from './dominators.ts';
import { emitRegion } from './emit.ts';
import { graphOf } from './extent.ts';
import type { Graph, Placed } from './graph.ts';
import { HOST_MODULE } from './host-call.ts';
import { type Counter, countPlaces, markPlaces } from './places.ts';
import {
  isWorthEntering,
  type PageContents,
  type RegionRequest,
  sharePages,
  type Translated,
  type TranslatedModule,
  type TranslatedRegion,
  type TranslationOptions,
} from './request.ts';

const SIGNATURES: Readonly<Record<string, { params: readonly Type[]; result?: Type }>> = {
  hostForRead: { params: ['i32', 'i32'], result: 'i32' },
  hostForWrite: { params: ['i32', 'i32'], result: 'i32' },
  execEntry: { params: ['i32'], result: 'i32' },
  loadSegment: { params: ['i32', 'i32'], result: 'i32' },
  /** () → low half of the cycle counter; the high one is in STATE.scratch. */
  timestamp: { params: [], result: 'i32' },
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

/** Imports of one module; what not every region uses is added when first used. */
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
    hostForRead: helper('hostForRead'),
    hostForWrite: helper('hostForWrite'),
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
      const earlier = regions.flatMap((region, k) => {
        return typeof region === 'object' && sharePages(requests[k]!, request)
          ? [{ request: requests[k]!, region }]
          : [];
      });
      if (
        !request.wide &&
        !request.patient &&
        earlier.some(({ region }) => region.inside.includes(request.eip)) &&
        options.regionLimit > 1
      ) {
        regions.push('covered');
        return;
      }
      const entries = earlier.filter(({ region }) => isWorthEntering(region)).map(({ request }) => request.eip);
      const complete = { ...request, entries: [...(request.entries ?? []), ...entries] };
      regions.push(translateRegion(builder, imports, complete, contents, `r${n}`, options));
    });
    return { bytes: addBranchHints(builder.emit()), regions };
  } finally {
    builder.dispose();
  }
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
  const { mode, patient = false } = request;
  const flow = analyseFlow(graph);
  emitRegion(builder, name, flow, imports, { mode, guards, fuel: longestWay(flow), precise, patient, atPlace });
  return {
    name,
    size: graph.size,
    ranges,
    inside: insideOf(graph, request),
    elsewhere: [...graph.elsewhere],
    beyond: [...graph.beyond],
    cut: cutTargets(flow),
    bound: bound.map(({ eip, instruction, bound: call }) => [(eip + instruction.length) | 0, call!.call.name]),
    pointers: indirectIn(graph)
      .filter(isFixed)
      .map(({ instruction }) => instruction.displacement),
    jumps: indirectIn(graph)
      .filter((placed) => placed.instruction.line.ends === 'indirect' && !isFixed(placed))
      .map(({ eip, instruction }) => [eip, (eip + instruction.length - 1) | 0]),
    ...(extra === 'counters' && { counters }),
  };
};

/** What need not be translated by itself for a while; code of wide regions is entered as before. */
const insideOf = ({ blocks }: Graph, { eip, wide }: RegionRequest): number[] =>
  wide ? [] : [...blocks.keys()].filter((key) => key !== eip);

/** Indirect calls and jumps that are not bound. */
const indirectIn = (graph: Graph): Placed[] =>
  [...graph.blocks.values()]
    .map(({ instructions }) => instructions[instructions.length - 1]!)
    .filter(({ bound, instruction: { line } }) => !bound && isIndirect(line));

/** Whether they go through a pointer whose address the instruction tells. */
const isFixed = ({ instruction: { modrm, base, index } }: Placed): boolean =>
  modrm >= 0 && modrm < 0xc0 && base < 0 && index < 0;

/** Instructions that have been bound to host functions. */
const boundIn = (graph: Graph): Placed[] =>
  [...graph.blocks.values()].flatMap(({ instructions }) => instructions.filter(({ bound }) => bound));

/**
 * What the translator makes of guest code, to be read: the instructions of a region, the WebAssembly made of each,
 * and where and why control leaves. The code is that which runs; only the marks that tell it apart are taken out.
 */
import { disassemble } from '../isa/disassembler.ts';
import { isIndirect } from '../isa/line.ts';
import { type Expression, functionsOf, isDeclaration, layOut, type TextLine } from '../wasm/text.ts';
import { analyseFlow, type Flow } from './dominators.ts';
import { codePages, graphOf, translatable } from './extent.ts';
import {
  decodeAt,
  followers,
  type Graph,
  isDirectCall,
  type Key,
  keyIn,
  type Placed,
  relativeTarget,
} from './graph.ts';
import { END_MARK } from './places.ts';
import type { PageContents, RegionRequest, TranslationOptions } from './request.ts';
import { translateModule } from './translate.ts';

/** A guest instruction of a region. */
export interface ListedInstruction {
  /** Linear address. */
  readonly eip: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** WebAssembly instructions made of it. */
  readonly wasm: number;
}

/** A line of WebAssembly text; empty where those of another instruction begin. */
export interface ListedLine {
  /** The guest instruction it was made for; none before the first and behind the last. */
  readonly eip: number | undefined;
  readonly text: string;
  /** WebAssembly instructions in this line. */
  readonly instructions: number;
}

/** A way out of a region. */
export interface Ending {
  /** The last guest instruction executed in it. */
  readonly eip: number;
  /** Where it leads, if that is known. */
  readonly to?: number;
  readonly why: string;
}

export interface RegionListing {
  readonly eip: number;
  /** By address. */
  readonly instructions: readonly ListedInstruction[];
  /** In the order of the code. */
  readonly lines: readonly ListedLine[];
  readonly endings: readonly Ending[];
  /** Functions of the runtime that its code may call. */
  readonly calls: readonly string[];
  /** Of the whole function. */
  readonly wasmInstructions: number;
  /** Of the module without marks and names, the smallest that holds the region, in bytes. */
  readonly wasmBytes: number;
}

/** Translates one region for reading; undefined where there is nothing to translate. */
export const listRegion = (
  request: RegionRequest,
  contents: PageContents,
  options: TranslationOptions,
): RegionListing | undefined => {
  const graph = graphOf(request, contents, options);
  if (!graph) return undefined;
  const marked = translateModule([request], contents, { ...options, extra: 'marks' });
  const plain = translateModule([request], contents, options);
  const [code] = [...functionsOf(marked.bytes).values()];
  const lines = linesOf(code!);
  const pages = codePages(request, contents);
  const all = [...graph.blocks.values()].flatMap((block) => block.instructions);
  const placed = new Map(all.map((one) => [one.eip >>> 0, one]));
  const inOrder = [...placed].sort(([a], [b]) => a - b).map(([, one]) => one);
  const instructions = inOrder.map(({ eip, instruction }) => ({
    eip,
    bytes: Uint8Array.from({ length: instruction.length }, (_, n) => byteAt(pages, eip + n)),
    text: disassemble(instruction, eip),
    wasm: lines.reduce((sum, line) => sum + (line.eip === eip ? line.instructions : 0), 0),
  }));
  return {
    eip: request.eip,
    instructions,
    lines,
    endings: endingsOf(graph, request, contents),
    calls: callsIn(code!),
    wasmInstructions: lines.reduce((sum, line) => sum + line.instructions, 0),
    wasmBytes: plain.bytes.length,
  };
};

const byteAt = (pages: ReturnType<typeof codePages>, linear: number): number =>
  pages.page(linear >>> 12)?.[linear & 4095] ?? 0;

const markOf = ({ head, children: [child] }: Expression): number | undefined =>
  head === 'drop' && child?.head.startsWith('i32.const ') ? Number(child.head.slice('i32.const '.length)) : undefined;

const linesOf = (code: Expression): ListedLine[] => {
  const lines: { eip: number | undefined; line: TextLine }[] = [];
  let eip: number | undefined;
  const apart = (e: Expression): boolean => {
    const mark = markOf(e);
    if (mark === undefined) return false;
    eip = mark === END_MARK ? undefined : mark;
    // So that an instruction of which nothing was made has its place.
    if (lines[lines.length - 1]?.eip !== eip) lines.push({ eip, line: { text: '', instructions: 0 } });
    return true;
  };
  const body = code.children.filter((e) => !isDeclaration(e));
  layOut(
    body,
    apart,
    (e) => markOf(e) !== undefined,
    (line) => lines.push({ eip, line }),
  );
  return lines.map(({ eip, line }) => ({ eip, text: line.text, instructions: line.instructions }));
};

const callsIn = (e: Expression): string[] => {
  const called = new Set<string>();
  const look = (at: Expression): void => {
    const name = /^call \$(\S+)/.exec(at.head)?.[1];
    if (name) called.add(name);
    at.children.forEach(look);
  };
  look(e);
  return [...called].sort();
};

/** Ways out, by the address of the instruction that takes them. */
const endingsOf = (graph: Graph, request: RegionRequest, contents: PageContents): Ending[] => {
  const flow = analyseFlow(graph);
  const pages = codePages(request, contents);
  const outside = (to: number): string => {
    const next = decodeAt(pages, to);
    if (!next) return pages.page(to >>> 12) ? 'bytes that are no instruction follow' : 'the next page is not at hand';
    if (!translatable(request.mode)(next)) return `${disassemble(next, to)}: not translated`;
    return `the limit of instructions`;
  };
  return flow.order.flatMap((block) => {
    const last = block.instructions[block.instructions.length - 1]!;
    const why = WHY[last.instruction.line.ends];
    if (last.ways && isDirectCall(last)) return [];
    if (why) return [{ eip: last.eip, why: why(last, (eip) => flow.number.has(keyIn(last.copy, eip))) }];
    return followers(last).flatMap((to) => {
      const key = keyIn(last.copy, to);
      if (!flow.number.has(key)) return [{ eip: last.eip, to, why: outside(to) }];
      return isCut(flow, block.key, key) ? [{ eip: last.eip, to, why: 'into the middle of a loop' }] : [];
    });
  });
};

const isCut = ({ cut, number, order }: Flow, from: Key, to: Key): boolean =>
  cut.has(number.get(from)! * order.length + number.get(to)!);

const known = (ways: Placed['ways']): string => (ways?.length ? ', unless that is in this region' : '');
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** Why an instruction of this kind ends a region whatever follows; `holds` tells what is in the region. */
const WHY: Partial<
  Record<Placed['instruction']['line']['ends'], (last: Placed, holds: (eip: number) => boolean) => string>
> = {
  call: (last, holds) => {
    const target = isIndirect(last.instruction.line) ? 'what a register or memory says' : hex(relativeTarget(last));
    return `calls ${target}${followers(last).every(holds) ? ', unless that comes back here' : ''}`;
  },
  return: ({ ways }) => `returns${known(ways)}`,
  indirect: ({ ways }) => `goes where a register or memory says${known(ways)}`,
  leave: ({ instruction: { line } }) =>
    line.inline ? 'changes what the translation assumes' : 'the interpreter or the runtime executes it',
};

/** Which instructions a request's region is made of. Nothing here needs binaryen. */
import { type Instruction, isMemory } from '../isa/instruction.ts';
import { levelBit, writesOperand } from '../isa/line.ts';
import { mayLieInMemory } from '../isa/operands.ts';
import { CS, FS, GS, MODE, PAGE_SIZE } from '../layout.ts';
import { Copies, WIDE } from './copies.ts';
import { buildGraph, type CodePages, type Graph } from './graph.ts';
import { hostBinder } from './host-call.ts';
import { isRepeatable } from './repeat.ts';
import type { PageContents, RegionRequest, TranslationOptions } from './request.ts';

const isInMemory = (instruction: Instruction, operand: number): boolean => {
  const place = instruction.line.infos[operand]?.place;
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
    return segment !== CS || !writesOperand(line) || !isInMemory(instruction, 0);
  };

/** The bytes that a request's region may be made from. */
export const codePages = ({ pages, entries: others, wide }: RegionRequest, contents: PageContents): CodePages => {
  const entries = new Map(pages.map(({ number, entry }) => [number, entry]));
  const elsewhere = new Set(wide ? [] : others);
  return {
    page: (number) => contents.get(entries.get(number) ?? 0),
    expected: (eip) => {
      const known = pages.find(({ number }) => number === eip >>> 12)?.expected;
      return !known || (known[(eip & (PAGE_SIZE - 1)) >>> 3]! & (1 << (eip & 7))) !== 0;
    },
    elsewhere: (eip) => elsewhere.has(eip),
    targets: (placed) => wide?.get(placed.eip),
  };
};

type Options = Pick<TranslationOptions, 'regionLimit' | 'levels' | 'hostCalls'>;
/** The instructions of a request's region; undefined where there is nothing to translate. */
export const graphOf = (request: RegionRequest, contents: PageContents, options: Options): Graph | undefined =>
  graphIn(codePages(request, contents), request, options);

/** The same with pages and tables wherever they come from. */
export const graphIn = (
  pages: CodePages,
  { eip, mode, host, wide }: RegionRequest,
  { regionLimit, levels, hostCalls = [] }: Options,
): Graph | undefined => {
  const allowed = translatable(mode, levels);
  const bind = host && hostBinder(new Map(hostCalls.map((call) => [call.offset, call])), host);
  if (!wide) return buildGraph(pages, eip, { limit: regionLimit, translatable: allowed, bind });
  const copies = new Copies(pages, eip, WIDE.most, allowed);
  return buildGraph(pages, eip, {
    limit: WIDE.most,
    translatable: allowed,
    bind,
    place: (placed) => copies.place(placed),
  });
};

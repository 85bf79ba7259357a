/** Requests for wide regions: which pages and tables of jumps they are made from, as memory is now. */
import { isIndirect } from '../../translator/isa/line.ts';
import { FS, PAGE_SIZE } from '../../translator/layout.ts';
import { ledToSlot } from '../../translator/links.ts';
import { graphIn } from '../../translator/region/extent.ts';
import type { CodePages, Placed, Targets } from '../../translator/region/graph.ts';
import type { RegionRequest, RequestPage, TranslationOptions } from '../../translator/region/request.ts';
import { PAGE_KIND } from '../memory/physical.ts';
import type { Processor } from '../processor.ts';
import { executeEntry, hostIn, pageOf } from './execute-entries.ts';

/** Pages that a wide region may be made from: each costs a comparison whenever it is entered. */
const MOST_PAGES = 16;
/** Length of a table. */
const MOST_TARGETS = 512;

/** What is known of code. */
export interface Knowledge {
  /** The host's functions in pages. */
  binding(pages: readonly RequestPage[]): RegionRequest['host'];
  /** Whether what is at a host address is expected to be executed. */
  isExpected(host: number): boolean;
}

/** A call or jump that stays in the region, which only a wide one makes it do. */
const staysWithin = ({ instruction: { line }, ways = [] }: Placed): boolean =>
  ways.length > 0 && (line.ends === 'call' || isIndirect(line));

/**
 * What the region at EIP could be made from, as memory is now, and how many instructions that is; `gains` where it differs
 * from one that is not wide but by its size.
 */
export const wideRequest = (
  cpu: Processor,
  { eip, mode }: Pick<RegionRequest, 'eip' | 'mode'>,
  options: TranslationOptions,
  { binding, isExpected }: Knowledge,
): { request: RegionRequest; size: number; gains: boolean } => {
  const { state } = cpu;
  const entries = new Map<number, number>();
  const entryOf = (number: number): number => {
    const known = entries.get(number);
    if (known !== undefined || entries.size === MOST_PAGES) return known ?? 0;
    const entry = executeEntry(state, number);
    if (entry) entries.set(number, entry);
    return entry;
  };
  const wide = new Map<number, Targets>();
  const pages: CodePages = {
    page: (number) => {
      const at = pageOf(entryOf(number));
      return at ? state.u8.subarray(at, at + PAGE_SIZE) : undefined;
    },
    expected: (eip) => isExpected(hostIn(entryOf(eip >>> 12), eip)),
    elsewhere: () => false,
    targets: (placed) => {
      const targets = wide.get(placed.eip) ?? targetsOf(cpu, placed, (eip) => entryOf(eip >>> 12) !== 0);
      wide.set(placed.eip, targets);
      return targets;
    },
  };
  const request = { eip, mode, pages: [], wide };
  const graph = graphIn(pages, request, options);
  const gains = [...(graph?.blocks.values() ?? [])].some(({ instructions }) => instructions.some(staysWithin));
  const found = [...entries].map(([number, entry]) => ({ number, entry }));
  return { request: { ...request, pages: found, host: binding(found) }, size: graph?.size ?? 0, gains };
};

/** Of a table as many as can be jumped to; else where it has led last. */
const targetsOf = (cpu: Processor, { eip, instruction }: Placed, isCode: (eip: number) => boolean): Targets => {
  const { modrm, base, index, scale, displacement, segment } = instruction;
  const table = modrm < 0xc0 && base < 0 && index >= 0 && scale === 2 && segment < FS;
  const eips = table ? readTable(cpu, displacement, isCode) : [cpu.state.get(ledToSlot(eip))];
  return { table, eips: table ? eips : eips.filter(isCode) };
};

const readTable = ({ mmu, physical }: Processor, address: number, isCode: (eip: number) => boolean): number[] => {
  const targets: number[] = [];
  for (let at = address; targets.length < MOST_TARGETS && at % 4 === 0; at += 4) {
    const page = mmu.lookUp(at);
    if (page < 0 || physical.kind(page) === PAGE_KIND.device) break;
    const target = physical.read32(page * PAGE_SIZE + (at & (PAGE_SIZE - 1))) | 0;
    if (!isCode(target)) break;
    targets.push(target);
  }
  return targets;
};

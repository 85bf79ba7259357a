/** The lines that `vmi86 disasm` prints. */

import { type Disassembled, disassembleAt } from '../../translator/isa/disassembler.ts';
import { MODE, PAGE_SIZE, RAM } from '../../translator/layout.ts';
import { listRegion, type RegionListing } from '../../translator/region/listing.ts';
import type { RegionRequest } from '../../translator/region/request.ts';
import { UserError } from '../errors.ts';
import type { DisasmOptions } from './disasm.ts';
import type { Extent, Source } from './disasm-source.ts';

const REGION_LIMIT = 200;
const BYTES_COLUMN = 24;
/** What fills the rest of a page: 0F 0F is no instruction, so regions end before it. */
const FILLER = 0x0f;

const holds = ({ address, bytes }: Extent, at: number): boolean => at >= address && at < address + bytes.length;
const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** Assembly of everything shown; with `wasm` region by region with what is made of it. */
export function* disassembly(source: Source, options: DisasmOptions): Generator<string> {
  if (options.wasm && options[16]) throw new UserError('--wasm: only 32-bit code is translated');
  for (const [start, end] of source.shown) {
    const extent = source.extents.find((extent) => holds(extent, start))!;
    if (options.wasm) yield* translated(extent, start, end, source, options);
    else
      for (const line of instructions(extent, start, end, options[16] ? 16 : 32)) yield* assembly(line, extent, source);
  }
}

function* instructions({ address, bytes }: Extent, start: number, end: number, size: 16 | 32): Generator<Disassembled> {
  for (let at = start; at < end; ) {
    const line = disassembleAt((n) => bytes[at - address + n] ?? 0, at, size);
    // An instruction that the end cuts off is none.
    yield at + line.length > address + bytes.length ? { address: at, length: 1, text: '(bad)' } : line;
    at += at + line.length > address + bytes.length ? 1 : line.length;
  }
}

function* assembly(line: Disassembled, { address, bytes }: Extent, { symbols }: Source): Generator<string> {
  const here = symbols.at(line.address);
  if (here?.offset === 0) yield `\n${here.symbol.name}:`;
  const code = bytes.subarray(line.address - address, line.address - address + line.length);
  yield `${hex8(line.address)}  ${Buffer.from(code).toString('hex').replace(/../g, '$& ').padEnd(BYTES_COLUMN)}${line.text}`;
}

/** Regions one after the other: each begins at the first instruction that none so far holds. */
function* translated(extent: Extent, start: number, end: number, source: Source, options: DisasmOptions) {
  const done = new Set<number>();
  for (const line of instructions(extent, start, end, 32)) {
    if (done.has(line.address | 0)) continue;
    const listing = listAt(extent, line.address, options);
    if (listing) {
      yield* regionLines(listing, extent, source);
      for (const { eip } of listing.instructions) done.add(eip | 0);
    } else {
      yield* assembly(line, extent, source);
      yield '    not translated: the interpreter or the runtime executes it';
    }
    yield '';
  }
}

function listAt({ address, bytes }: Extent, eip: number, options: DisasmOptions): RegionListing | undefined {
  const contents = new Map<number, Uint8Array>();
  const own = eip >>> 12;
  const pages: RegionRequest['pages'][number][] = [];
  for (const number of [own - 1, own, own + 1]) {
    const from = number * PAGE_SIZE - address;
    if (from + PAGE_SIZE <= 0 || from >= bytes.length) continue;
    const page = new Uint8Array(PAGE_SIZE).fill(FILLER);
    page.set(bytes.subarray(Math.max(0, from), from + PAGE_SIZE), Math.max(0, -from));
    const entry = (RAM + (number - own + 1) * PAGE_SIZE) | 1;
    pages.push({ number, entry });
    contents.set(entry, page);
  }
  const mode =
    MODE.flat | MODE.code32 | MODE.stack32 | MODE.flatFs | MODE.flatGs | (options.user ? MODE.user : MODE.iopl);
  const regionLimit = options.regionLimit ?? REGION_LIMIT;
  return listRegion({ eip: eip | 0, mode, pages }, contents, { regionLimit, precise: false });
}

/** One region: a heading, then each instruction with its code in the order of the code, then the ways out. */
function* regionLines(listing: RegionListing, extent: Extent, { symbols }: Source): Generator<string> {
  const { instructions, wasmInstructions } = listing;
  const here = symbols.at(listing.eip >>> 0);
  const name = here ? ` ${here.symbol.name}${here.offset ? `+0x${here.offset.toString(16)}` : ''}` : '';
  const bytes = instructions.reduce((sum, { bytes }) => sum + bytes.length, 0);
  yield `region ${hex8(listing.eip)}${name}: ${instructions.length} instructions in ${bytes} bytes, ${wasmInstructions} of WebAssembly`;
  const text = new Map(instructions.map((i) => [i.eip, `;; ${hex8(i.eip)}  ${i.text}  ;; ${i.wasm}`]));
  let at: number | undefined = -1;
  for (const { eip, text: code } of listing.lines) {
    if (eip !== at) yield eip === undefined ? `;; ${at === -1 ? 'entry' : 'exit'}` : (text.get(eip) ?? '');
    at = eip;
    if (code) yield `    ${code}`;
  }
  for (const { eip, to, why } of listing.endings) {
    const known = to === undefined || holds(extent, to >>> 0);
    yield `ends at ${hex8(eip)}: ${known ? why : 'the bytes end here'}`;
  }
}

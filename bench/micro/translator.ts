/** What it costs to translate: decoding, finding a region, building its WebAssembly, compiling that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Benchmark from 'benchmark';
import { type ElfSegment, parseElf } from '../../src/machine/boot/elf.ts';
import { decode } from '../../translator/isa/decoder.ts';
import { MODE, PAGE_SIZE, RAM } from '../../translator/layout.ts';
import { graphOf } from '../../translator/region/extent.ts';
import type { PageContents, RegionRequest, TranslationOptions } from '../../translator/region/request.ts';
import { translateModule } from '../../translator/region/translate.ts';
import type { Section } from '../report/report.ts';
import { figure, percent } from '../report/text.ts';
import type { PartContext } from '../suite.ts';

/** A program whose code is of all kinds, and how many of its functions make a batch. */
const BINARY = 'coremix';
const OPTIONS: TranslationOptions = { regionLimit: 200, precise: false };
const MODE_OF_PROGRAMS = MODE.flat | MODE.code32 | MODE.stack32 | MODE.flatFs | MODE.user;
const WARM_MILLISECONDS = 500;
/** CALL rel32. */
const CALL = 0xe8;

interface Work {
  contents: PageContents;
  requests: RegionRequest[];
  bytes: Uint8Array;
}

/** The regions at the targets of the calls in a binary's code. */
function prepare(path: string): Work {
  const { entry, segments } = parseElf({ name: path, bytes: readFileSync(path) });
  // Programs are linked where they lie: physical addresses are linear ones.
  const code = segments.find(({ physical, bytes }) => entry >= physical && entry < physical + bytes.length)!;
  const pages: { number: number; entry: number }[] = [];
  const contents = new Map<number, Uint8Array>();
  for (let at = code.physical & -PAGE_SIZE; at < code.physical + code.bytes.length; at += PAGE_SIZE) {
    const page = new Uint8Array(PAGE_SIZE);
    const from = at - code.physical;
    page.set(code.bytes.subarray(Math.max(0, from), from + PAGE_SIZE), Math.max(0, -from));
    const execute = (RAM + contents.size * PAGE_SIZE) | 1;
    pages.push({ number: at / PAGE_SIZE, entry: execute });
    contents.set(execute, page);
  }
  const request = (eip: number) => ({ eip, mode: MODE_OF_PROGRAMS, pages });
  const requests = [...callTargets(code)].map(request).filter((one) => graphOf(one, contents, OPTIONS));
  return { contents, requests, bytes: code.bytes };
}

function callTargets({ physical, bytes }: ElfSegment): Set<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const targets = new Set<number>();
  for (let at = 0; at + 5 <= bytes.length; at++) {
    const target = at + 5 + (bytes[at] === CALL ? view.getInt32(at + 1, true) : Number.NaN);
    if (target >= 0 && target < bytes.length) targets.add(physical + target);
  }
  return targets;
}

let copies = 0;

/** The same module with another number in a custom section, as V8 remembers modules by their bytes. */
function unseen(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const section = new Uint8Array(8);
  section.set([0, 6, 1, 0x6e]);
  new DataView(section.buffer).setUint32(4, copies++, true);
  const copy = new Uint8Array(bytes.length + section.length);
  copy.set(bytes);
  copy.set(section, bytes.length);
  return copy;
}

interface Step {
  name: string;
  /** Does it once. */
  run(): unknown;
  /** Guest instructions that one run is for. */
  instructions: number;
}

function steps({ contents, requests, bytes }: Work): Step[] {
  const sizes = requests.map((one) => graphOf(one, contents, OPTIONS)!.size);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const module = translateModule(requests, contents, OPTIONS);
  const decodeAll = () => {
    let count = 0;
    for (let at = 0; at < bytes.length - 16; count++) {
      const decoded = decode((n) => bytes[at + n], 32);
      at += typeof decoded === 'string' ? 1 : decoded.length;
    }
    return count;
  };
  return [
    { name: 'decode', run: decodeAll, instructions: decodeAll() },
    {
      name: 'decode and find the blocks of a region',
      run: () => requests.map((one) => graphOf(one, contents, OPTIONS)),
      instructions: all,
    },
    {
      name: `translate ${requests.length} regions into one module`,
      run: () => translateModule(requests, contents, OPTIONS),
      instructions: all,
    },
    {
      name: 'translate a module for each',
      run: () => requests.map((one) => translateModule([one], contents, OPTIONS)),
      instructions: all,
    },
    {
      // It compiles functions when they are first called.
      name: 'V8 checks that module',
      run: () => new WebAssembly.Module(unseen(module.bytes)),
      instructions: all,
    },
  ];
}

/** Statistics are those of the package benchmark: mean time, and its margin of error at 95 %. */
export async function measureTranslator({ programs }: PartContext): Promise<Section> {
  const measured = steps(prepare(join(programs, BINARY))).map(({ name, run, instructions }) => {
    // binaryen and V8 are slow at first.
    for (const start = performance.now(); performance.now() - start < WARM_MILLISECONDS; ) run();
    const benchmark = new Benchmark(name, run, { maxTime: 1 }).run();
    if (benchmark.error) throw benchmark.error;
    return { name, seconds: benchmark.stats.mean, error: benchmark.stats.rme / 100, instructions };
  });
  const each = measured.map(({ seconds, instructions }) => (seconds * 1e6) / instructions);
  return {
    title: `The translator, on the code of ${BINARY}; µs a guest instruction, ± margin of error at 95 %`,
    head: ['step', 'instructions', 'ms', 'µs an instruction'],
    rows: measured.map(({ name, seconds, error, instructions }, n) => [
      name,
      String(instructions),
      figure(seconds * 1e3),
      `${figure(each[n])} ±${percent(error)}`,
    ]),
    chart: {
      categories: measured.map(({ name }) => name),
      series: [{ name: 'µs', values: each }],
      unit: 'µs an instruction',
    },
  };
}

/**
 * The translator's side of a running CPU: collects hot entries, has them translated in batches, links the regions
 * into the jump cache and drops them when their code changes.
 */

import {
  ACCESS_EXIT_ENTRIES,
  ACCESS_EXITS,
  MODE_HOT,
  MODE_HOT_MASK,
  MODE_KEY,
  PAGE_SIZE,
  RAM,
  STATE,
} from '../../translator/layout.ts';
import { ledToSlot } from '../../translator/links.ts';
import { HOST_MODULE } from '../../translator/region/host-call.ts';
import type { RegionRequest, TranslatedRegion, TranslationOptions } from '../../translator/region/request.ts';
import type { Processor } from '../processor.ts';
import { GuestFault } from '../state.ts';
import type { Translation, TranslationStats } from '../translation.ts';
import { straightAhead } from './ahead.ts';
import type { CompiledModule } from './batch.ts';
import { CodeMap } from './code-map.ts';
import type { Compiler } from './compiler.ts';
import { type Entry, keyOf } from './entry.ts';
import { executeEntry, hostIn, pageOf, physicalIn } from './execute-entries.ts';
import { COLD, expectedHeat, heatOf, isExpected, setHeat } from './heat.ts';
import type { RegionLog } from './region-log.ts';
import { RegionRequests } from './region-requests.ts';
import { RegionTable } from './region-table.ts';
import { Waiting, type Wanted } from './waiting.ts';

export interface JitOptions {
  /** Executions after which an entry is translated. */
  readonly threshold: number;
  /** Regions kept at most; when they are exceeded all are dropped and the hot ones come back. */
  readonly maxRegions: number;
  /** Samples after which a small region is made wide, large ones after more; Infinity: never. */
  readonly samples: number;
  /** How often a region may be left for accesses, in 100 million instructions or so, before it is made patient; 0: each is from the start. */
  readonly patience: number;
  /** How regions are translated. */
  readonly translation: TranslationOptions;
  /** Instructions in a straight line behind a hot one that are translated with it: modules of short regions cost most. */
  readonly ahead: number;
  /** Who is told of each region. */
  readonly log?: RegionLog | undefined;
}

/** How many times more samples make a region wide of which another wide one has the code. */
const COVERED = 4;
/** Instructions of a wide region that are paid for by JitOptions.samples. */
const INSTRUCTIONS = 64;
/** Executions before what a wide region leads to is translated. */
const NEARLY = 64;
/** Instructions after which half of a region's exits for accesses are forgotten: it is the rate that costs. */
const FORGIVING = 100_000_000;
/** Samples in interpreted code after which it is translated, and bytes of such code that are looked through. */
const INTERPRETED = 4;
const LONG_CODE = 4 * PAGE_SIZE;
const NO_RECORD = -1;
const ESP = 4;
/** Of a number of exits, in a word. */
const MOST_PATIENCE = 0x7fff_ffff;
/** Whether there may be a region in its place, which stays until this one is ready. */
const isAnother = ({ wide, patient }: Entry): boolean => wide || patient;
/** Pieces of memory that a request may become code of. */
const wholePages = ({ pages }: RegionRequest): [number, number][] =>
  pages.map(({ entry }) => [physicalIn(entry, 0), PAGE_SIZE]);

export class Jit implements Translation {
  readonly threshold: number;
  readonly #cpu: Processor;
  readonly #compiler: Compiler;
  readonly #maxRegions: number;
  readonly #samples: number;
  readonly #isPatient: boolean;
  readonly #requests: RegionRequests;
  readonly #table: RegionTable;
  readonly #aheadLimit: number;
  readonly #code: CodeMap<Entry>;
  readonly #log: RegionLog | undefined;
  readonly #regions = new Map<string, Entry>();
  readonly #wanted: Waiting;
  /** The count of instructions at which exits are forgotten next. */
  #forgiveAt = FORGIVING;
  #peakRegions = 0;
  readonly #counts = {
    regions: 0,
    modules: 0,
    codeBytes: 0,
    compileSeconds: 0,
    invalidations: 0,
    flushes: 0,
    refused: 0,
    wide: 0,
    patient: 0,
  };

  constructor(cpu: Processor, compiler: Compiler, options: JitOptions) {
    const { threshold, maxRegions, ahead, samples, patience, translation, log } = options;
    this.#cpu = cpu;
    this.#compiler = compiler;
    this.threshold = threshold;
    this.#maxRegions = maxRegions;
    this.#wanted = new Waiting(maxRegions);
    this.#samples = samples;
    this.#isPatient = patience === 0;
    cpu.state.set(STATE.patience, Math.min(patience, MOST_PATIENCE));
    this.#aheadLimit = ahead;
    this.#log = log;
    this.#code = new CodeMap(cpu.codePages, (page) => cpu.mmu.tlb.protectPage(page));
    this.#table = new RegionTable(cpu.state, cpu.table);
    this.#requests = new RegionRequests(cpu, this.#code, translation, threshold);
  }

  /** EIP is hot. True when a region for it is in the jump cache now. */
  heat(eip: number): boolean {
    const { state } = this.#cpu;
    const mode = state.get(STATE.mode) & MODE_KEY;
    if ((mode & MODE_HOT_MASK) !== MODE_HOT) return false;
    const host = this.#hostAddress(eip);
    if (host < 0) return false;
    if (this.#cpu.hostFunctions.at(host)) {
      this.#setHeat(host, COLD);
      return false;
    }
    const key = keyOf(host, eip, mode);
    const known = this.#regions.get(key);
    if (known?.index) {
      this.#link(known);
      return true;
    }
    if (known || this.#wanted.has(key)) {
      this.#setHeat(host, COLD);
      return false;
    }
    this.#want(host, eip, mode);
    for (const next of this.#ahead(host)) this.#want(next, (eip + next - host) | 0, mode);
    this.pump();
    return (this.#regions.get(key)?.index ?? 0) > 0;
  }

  /** Puts an entry among those to send, unless it is known or there already. */
  #want(host: number, eip: number, mode: number): void {
    const key = keyOf(host, eip, mode);
    if (this.#regions.has(key) || this.#wanted.has(key) || this.#cpu.hostFunctions.at(host)) return;
    this.#setHeat(host, COLD);
    this.#ask(host, this.#request(eip, mode, this.#samples === 0), this.#isPatient);
  }
  #request(eip: number, mode: number, wide: boolean): RegionRequest {
    return wide ? this.#requests.wide(eip, mode).request : this.#requests.narrow(eip, mode);
  }
  #ask(host: number, wanted: RegionRequest, patient: boolean): void {
    const request = { ...wanted, patient };
    const { eip, mode } = request;
    const entry: Entry = {
      host,
      eip,
      mode,
      wide: request.wide !== undefined,
      patient,
      samples: 0,
      price: 0,
      valid: true,
      index: 0,
      size: 0,
      pieces: wholePages(request),
      record: NO_RECORD,
    };
    this.#code.add(entry);
    this.#wanted.add(keyOf(host, eip, mode), { entry, request });
  }

  sample(eip: number): void {
    this.#forgive();
    if (this.#samples === Infinity || this.#samples === 0) return;
    const mode = this.#cpu.state.get(STATE.mode) & MODE_KEY;
    if ((mode & MODE_HOT_MASK) !== MODE_HOT) return;
    const region = this.#sampled(eip, mode);
    if (!region) this.#warmBefore(eip);
    // Who calls it would have a copy of it: a small function may be called from many places.
    if (region?.eip === eip) this.#sampled((this.#onStack() - 1) | 0, mode);
  }
  /** Counts a sample for the region at EIP; the region. */
  #sampled(eip: number, mode: number): Entry | undefined {
    const entry = executeEntry(this.#cpu.state, eip >>> 12);
    if (!entry) return undefined;
    const physical = physicalIn(entry, eip);
    const region = this.#regionAt(physical, eip, mode);
    if (!region || region.wide) return region;
    region.samples++;
    // Where a wide region has the code, too, the samples may be of that one.
    const isCovered = this.#code.overlapping(physical, 1).some(({ wide, mode: its }) => wide && its === mode);
    const times = isCovered ? COVERED : 1;
    if (region.samples < Math.max(this.#samples, region.price) * times) return region;
    if (this.#wanted.has(keyOf(region.host, region.eip, mode))) return region;
    const { request, size, gains } = this.#requests.wide(region.eip, mode);
    // Where calls lead may show later.
    const isSame = !gains && size <= region.size;
    region.price = isSame ? region.samples * 2 : size * (this.#samples / INSTRUCTIONS);
    if (region.samples < region.price * times) return region;
    this.#ask(region.host, request, region.patient);
    this.pump();
    return region;
  }
  /** The doubleword on top of the stack, 0 where there is none in RAM: a return address, perhaps. */
  #onStack(): number {
    const { state, mmu } = this.#cpu;
    const at = mmu.physicalAddress(state.gpr(ESP));
    return at < 0 || at % 4 || at >= state.ramSize ? 0 : state.get(RAM + at);
  }

  #forgive(): void {
    const { state, instructions } = this.#cpu;
    if (instructions < this.#forgiveAt) return;
    this.#forgiveAt = instructions + FORGIVING;
    const exits = state.i32.subarray(ACCESS_EXITS >> 2, (ACCESS_EXITS >> 2) + ACCESS_EXIT_ENTRIES);
    exits.forEach((count, n) => {
      exits[n] = count >> 1;
    });
  }

  leftForAccess(eip: number): void {
    const mode = this.#cpu.state.get(STATE.mode) & MODE_KEY;
    const host = this.#hostAddress(eip);
    const key = keyOf(host, eip, mode);
    const region = this.#regions.get(key);
    if (!region?.index || region.patient || this.#wanted.has(key)) return;
    this.#ask(host, this.#request(eip, mode, region.wide), true);
    this.#counts.patient++;
    this.pump();
  }
  /** Host addresses of what is translated with a hot entry. */
  #ahead(host: number): number[] {
    if (this.#aheadLimit === 0) return [];
    const page = pageOf(host);
    const bytes = this.#cpu.state.u8.subarray(page, page + PAGE_SIZE);
    return straightAhead(bytes, host - page, this.#aheadLimit).map((offset) => page + offset);
  }

  /** Sends what has been collected to the compiler, if it has nothing to do and the batch is worth a module. */
  pump(): void {
    if (!this.#compiler.idle || this.#wanted.size === 0) return;
    const wanted = this.#wanted.take(this.#compiler.background);
    if (wanted.length === 0) return;
    const batch = this.#requests.batch(wanted.map(({ request }) => request));
    this.#compiler.compile(batch, (compiled) => {
      this.#install(
        compiled,
        wanted.map(({ entry }, n) => ({ entry, request: batch.requests[n]! })),
      );
      this.pump();
    });
  }

  onCodeWrite(physical: number, bytes: number): void {
    for (const entry of this.#code.overlapping(physical, bytes)) {
      if (entry.index) this.#counts.invalidations++;
      this.#drop(entry);
    }
  }

  codeOverlaps(physical: number, bytes: number): boolean {
    return this.#code.overlapsAny(physical, bytes);
  }

  rebind(): void {
    const { hostFunctions } = this.#cpu;
    for (const entry of [...this.#regions.values()]) {
      if (entry.region?.pointers.some((pointer) => hostFunctions.pointedAt(pointer) !== undefined)) this.#drop(entry);
    }
    for (const { last, target } of this.unboundJumps()) hostFunctions.noteJump(last, target);
  }

  unboundJumps(): { last: number; target: number }[] {
    const jumps = [...this.#regions.values()].flatMap(({ region }) => region?.jumps ?? []);
    return jumps.map(([eip, last]) => ({ last, target: this.#cpu.state.get(ledToSlot(eip)) }));
  }

  hostCalls(): Map<number, string> {
    return new Map([...this.#regions.values()].flatMap(({ region }) => region?.bound ?? []));
  }

  covers(physical: number): boolean {
    return this.#code.overlapping(physical, 1).some(({ index }) => index > 0);
  }

  regionAt(physical: number, eip: number): number {
    return this.#regionAt(physical, eip, this.#cpu.state.get(STATE.mode) & MODE_KEY)?.record ?? NO_RECORD;
  }
  #regionAt(physical: number, eip: number, mode: number): Entry | undefined {
    const before = (entry: Entry): number => (eip - entry.eip) >>> 0;
    let best: Entry | undefined;
    for (const entry of this.#code.overlapping(physical, 1)) {
      if (entry.index === 0 || entry.mode !== mode) continue;
      if (!best || before(entry) < before(best)) best = entry;
    }
    return best;
  }

  stats(): TranslationStats {
    const { regions, modules, codeBytes, compileSeconds, invalidations, flushes, refused, wide, patient } =
      this.#counts;
    const counters = {
      wideRegions: wide,
      patientRegions: patient,
      liveRegions: this.#regions.size,
      peakRegions: this.#peakRegions,
      cacheFlushes: flushes,
      regionsRefused: refused,
    };
    return {
      instructions: this.#cpu.translatedInstructions,
      regions,
      modules,
      codeBytes,
      compileSeconds,
      transfers: this.#cpu.transfers,
      invalidations,
      counters,
    };
  }

  close(): Promise<void> {
    return this.#compiler.close();
  }

  #hostAddress(eip: number): number {
    try {
      return this.#cpu.mmu.fetch(eip);
    } catch (fault) {
      if (fault instanceof GuestFault) return -1;
      throw fault;
    }
  }

  #install({ module, regions, codeBytes, seconds }: CompiledModule, batch: readonly Wanted[]): void {
    this.#counts.modules++;
    this.#counts.codeBytes += codeBytes;
    this.#counts.compileSeconds += seconds;
    if (this.#regions.size + regions.length > this.#maxRegions) this.#dropAll();
    const { exports } = new WebAssembly.Instance(module, {
      env: this.#cpu.imports,
      [HOST_MODULE]: this.#cpu.hostFunctions.imports,
    });
    regions.forEach((region, n) => {
      const { entry, request } = batch[n]!;
      this.#code.remove(entry);
      if (!entry.valid) return;
      if (region === 'covered') {
        this.#setHeat(entry.host, expectedHeat(this.threshold));
        return;
      }
      if (region === 'refused' && isAnother(entry)) return;
      if (region === 'refused') {
        // Remembered, until the code changes, so that it is not tried again.
        this.#counts.refused++;
        this.#regions.set(keyOf(entry.host, entry.eip, entry.mode), entry);
        this.#code.add(entry);
        return;
      }
      this.#add(entry, request, region, exports);
    });
    this.#peakRegions = Math.max(this.#peakRegions, this.#regions.size);
  }

  #add(
    { host, eip, mode, wide, patient }: Entry,
    request: RegionRequest,
    region: TranslatedRegion,
    exports: WebAssembly.Exports,
  ) {
    const physical = (linear: number): number => {
      const page = request.pages.find(({ number }) => number === linear >>> 12)!;
      return physicalIn(page.entry, linear);
    };
    const pieces = region.ranges.map(([at, bytes]) => [physical(at), bytes] as const);
    const former = this.#regions.get(keyOf(host, eip, mode));
    if (former) this.#code.remove(former);
    // A wide or patient region takes the place of the former one, links to which lead to it from now on.
    const index = this.#table.put(exports[region.name] as CallableFunction, former?.index);
    const record =
      this.#log?.added({ request: { ...request, entries: region.elsewhere }, region, exports }) ?? NO_RECORD;
    const entry: Entry = {
      ...{ host, eip, mode, wide, patient, index, pieces, record, region },
      samples: 0,
      price: 0,
      valid: true,
      size: region.size,
    };
    this.#code.add(entry);
    this.#regions.set(keyOf(host, eip, mode), entry);
    this.#counts.regions++;
    if (wide) this.#counts.wide++;
    this.#link(entry);
    // What a wide region leads to is used as much, but has not been an entry yet.
    if (wide) for (const eip of [...region.elsewhere, ...region.cut]) this.#warm(request, eip);
    else if (this.#aheadLimit === 0) for (const eip of region.beyond) this.#goOn(request, eip);
    // What the region covers must become hot once more, by being entered from elsewhere.
    for (const inside of region.inside) {
      const at = RAM + physical(inside);
      const key = keyOf(at, inside, mode);
      const known = this.#regions.get(key);
      const wanted = this.#wanted.get(key);
      if (wanted) this.#drop(wanted.entry);
      if (!known) this.#setHeat(at, expectedHeat(this.threshold));
    }
  }

  /** Lets the dispatcher find a region, and the interpreter stop at its entry. */
  #link(entry: Entry): void {
    this.#table.link(entry);
    this.#setHeat(entry.host, this.threshold);
  }

  #drop(entry: Entry): void {
    const key = keyOf(entry.host, entry.eip, entry.mode);
    entry.valid = false;
    this.#code.remove(entry);
    if (this.#wanted.get(key)?.entry === entry) this.#wanted.delete(key);
    // Of a region that was to take the place of another, that one stays.
    if (isAnother(entry) && !entry.index) return;
    this.#setHeat(entry.host, 0);
    this.#regions.delete(key);
    if (entry.index) this.#table.remove(entry);
  }

  #dropAll(): void {
    this.#counts.flushes++;
    for (const entry of [...this.#regions.values()]) this.#drop(entry);
  }

  #warm({ pages }: RegionRequest, eip: number): void {
    const page = pages.find(({ number }) => number === eip >>> 12);
    if (!page) return;
    const host = hostIn(page.entry, eip);
    const heat = heatOf(this.#cpu.state, host);
    if (heat >= 0) this.#setHeat(host, Math.max(heat, this.threshold - NEARLY));
  }

  /** What has led to EIP in a straight line, as far as the counters tell, is made hotter: long code is jumped to seldom. */
  #warmBefore(eip: number): void {
    const { state } = this.#cpu;
    const least = expectedHeat(this.threshold);
    for (let at = eip; at > eip - LONG_CODE; at--) {
      const entry = executeEntry(state, at >>> 12);
      if (!entry) return;
      const host = hostIn(entry, at);
      const heat = heatOf(state, host);
      if (!isExpected(heat, least)) continue;
      // One execution more makes it hot.
      const most = this.threshold - 1;
      if (heat > 0 && heat < most) this.#setHeat(host, Math.min(most, heat + Math.ceil(this.threshold / INTERPRETED)));
      return;
    }
  }
  /** Has the rest of straight code translated, which would become hot piece by piece. */
  #goOn({ pages, mode }: RegionRequest, eip: number): void {
    const page = pages.find(({ number }) => number === eip >>> 12);
    if (page && executeEntry(this.#cpu.state, page.number) === page.entry)
      this.#want(hostIn(page.entry, eip), eip, mode);
  }

  #setHeat(host: number, value: number): void {
    setHeat(this.#cpu.state, host, value);
  }
}

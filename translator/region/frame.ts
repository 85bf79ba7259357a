/**
 * The guest state of a region in wasm locals. Each word is loaded where the region needs it and stored where control
 * leaves after it has been written. Where that is shows only once the body is built, so the places are filled in then.
 */

import { FLAG_CARRY } from '../flags.ts';
import type { Instruction } from '../isa/instruction.ts';
import type { LaneKind } from '../isa/operands.ts';
import { EFLAGS, GPR_NAMES, STATE } from '../layout.ts';
import { ifDenormal, KINDS } from '../semantics/simd-usual.ts';
import { usualExponents } from '../sse/words.ts';
import type { Callee, Code, Local, Place, Type, Val } from '../wasm/code.ts';
import type { Flow } from './dominators.ts';
import { FPU_WORDS, FpuState } from './fpu-state.ts';
import { chooseLanes } from './lanes.ts';
import { PointerWindows } from './pointer-windows.ts';
import { isOnFrame, isOnStack } from './stack-moves.ts';
import type { StackPlan } from './stack-plan.ts';
import { StackWindow } from './stack-window.ts';
import { analyseStateFlow, type Call, type Event, type Exit, type Move } from './state-flow.ts';
import type { InWindow } from './window.ts';

const ESP = 4;
/** State words that live in locals while a region runs. */
const WORDS = {
  result: STATE.flagResult,
  parity: STATE.flagParity,
  carryA: STATE.flagCarryA,
  carryB: STATE.flagCarryB,
} as const;
export type FlagWord = keyof typeof WORDS;

interface Cached {
  readonly local: Local;
  readonly offset: number;
  /** Its bit in masks; none for ESP, which is handed over by itself. */
  readonly word: number;
}

/** Where the FPU's stack and ESP are at a place: FpuState.depth, StackWindow.offset. */
interface Depth {
  readonly depth: number;
  readonly offset: number | undefined;
}
/** The same, the block that the place is in, where EBP is there: StackWindow.frame, and FpuState.tags. */
export interface Position extends Depth {
  readonly block: number;
  readonly frame: number | undefined;
  readonly tags: FpuState['tags'];
}
/** A way out of the region; `returns`: by a return. */
type Way = Exit & Depth & { readonly returns: boolean };
/** Leaves the region where a window that is certain is not found: code built earlier, or that can be built anywhere. */
interface Leaving {
  readonly leave: () => void;
}

export class Frame {
  readonly c: Code;
  readonly fuel: Local;
  readonly esp: Local;
  readonly tlbRead: Local;
  readonly tlbWrite: Local;
  /** VectorOperations.usualExponents, where the region asks. */
  readonly usual: Local;
  asksMxcsr = false;
  /** XMM registers of which only the lowest lane is in a local. */
  readonly lanes: readonly (LaneKind | undefined)[];
  readonly fpu: FpuState;
  readonly stack: StackWindow;
  private readonly pointers: PointerWindows;
  readonly low: Local;
  readonly entry: Local;
  private readonly flow: Flow;
  private readonly registers: Cached[];
  private readonly flags: Record<FlagWord, Cached>;
  private readonly vectors: Cached[];
  private readonly words: Cached[] = [];
  /** What blocks do, by position; and how deep in nested code each began: deeper writes may not happen. */
  private readonly events: Event[][] = [];
  private readonly nesting: number[] = [];
  private readonly forked = new Set<number>();
  /** Words written on the way from a block to another, by position of both. */
  private readonly edges: Map<number, number>[] = [];
  private block = 0;
  private readonly exits: Way[] = [];
  private readonly calls: (Call & Depth & Leaving)[] = [];
  private readonly moves: (Move & Depth & Leaving & { readonly kind: 'spill' | 'reload' })[] = [];
  private live = 0;

  /** `esp` is a parameter of the region. `patient`: accesses do without windows. */
  constructor(c: Code, esp: Local, flow: Flow, plan: StackPlan, patient: boolean, helper: (name: string) => Callee) {
    this.flow = flow;
    this.c = c;
    this.esp = esp;
    const lanes = chooseLanes(flow.order);
    this.lanes = lanes;
    // Never `fresh`: the prologue, built later, writes them first.
    const local = (name: string, type: Type = 'i32') => {
      const made = c.namedLocal(name, type);
      made.fresh = false;
      return made;
    };
    const cached = (name: string, offset: number, type?: Type): Cached => {
      const made = { local: local(name, type), offset, word: 1 << this.words.length };
      this.words.push(made);
      return made;
    };
    const flag = (name: FlagWord) => cached(name, WORDS[name]);
    this.fuel = local('fuel');
    this.tlbRead = local('tlbRead');
    this.tlbWrite = local('tlbWrite');
    this.usual = local('usual');
    this.registers = GPR_NAMES.map((name, n) =>
      n === ESP ? { local: esp, offset: 0, word: 0 } : cached(name, STATE.gpr + n * 4),
    );
    this.vectors = GPR_NAMES.map((_, n) => {
      const lane = lanes[n];
      return cached(`xmm${n}`, STATE.xmm + n * 16, lane ? KINDS[lane].type : 'v128');
    });
    this.flags = { result: flag('result'), parity: flag('parity'), carryA: flag('carryA'), carryB: flag('carryB') };
    this.fpu = new FpuState(c, 1 << this.words.length, helper);
    // Look-ups are built last, between what has been built before: with locals of their own.
    this.low = local('low');
    this.entry = local('entry');
    this.stack = new StackWindow(c, local('stack'), plan, 1 << (this.words.length + FPU_WORDS));
    this.pointers = new PointerWindows(c, (name) => local(name), this, patient);
  }

  private get({ local, word }: Cached): Val {
    this.use(word);
    return this.c.get(local);
  }
  private set({ local, word }: Cached, value: Val): void {
    this.define(word);
    this.c.set(local, value);
  }
  /** These words are read here. */
  use(word: number): void {
    this.record({ kind: 'use', word });
  }
  /** These words are written here. */
  define(word: number): void {
    this.record({ kind: this.isConditional ? 'mayDefine' : 'define', word });
  }
  /** The block has ways on that do not come by what is built from here on. */
  fork(): void {
    this.forked.add(this.block);
  }
  /** What is built here may not happen when its block does. */
  private get isConditional(): boolean {
    return this.c.nesting > this.nesting[this.block]! || this.forked.has(this.block);
  }
  register(index: number): Val {
    return this.get(this.registers[index]!);
  }
  setRegister(index: number, value: Val): void {
    this.set(this.registers[index]!, value);
  }
  /** Where a memory operand lies in a window, if there is one on it; `leave` leaves the region before the instruction. */
  windowOn(i: Instruction, bytes: number, write: boolean, leave: () => void): InWindow | undefined {
    if (isOnStack(i)) return this.windowOnStack(i.displacement, bytes, write);
    const onFrame = isOnFrame(i) ? this.onStack(this.stack.reserveOnFrame(i.displacement, bytes, write)) : undefined;
    if (onFrame || this.isConditional) return onFrame;
    const register = (number: number): Local => {
      const { local, word } = this.registers[number]!;
      this.use(word);
      return local;
    };
    return this.pointers.reserve({ block: this.flow.order[this.block]!, i, register }, bytes, write, leave);
  }
  /** The same for what lies `distance` bytes from where ESP is now. */
  windowOnStack(distance: number, bytes: number, write: boolean): InWindow | undefined {
    return this.onStack(this.stack.reserve(distance, bytes, write));
  }
  private onStack(found: InWindow | undefined): InWindow | undefined {
    if (found) this.use(this.stack.word);
    return found;
  }
  /** Windows on pointers end here. */
  closeWindows(): void {
    this.pointers.closeAll();
  }
  /** XMM registers, or the lanes that are kept of them. */
  vector(index: number): Val {
    return this.get(this.vectors[index]!);
  }
  setVector(index: number, value: Val): void {
    this.set(this.vectors[index]!, value);
  }
  flag(word: FlagWord): Val {
    return this.get(this.flags[word]);
  }
  setFlag(word: FlagWord, value: Val): void {
    this.set(this.flags[word], value);
  }
  /** The same on the way out or on to another block, which says so itself; its bit in masks. */
  putFlag(word: FlagWord, value: Val): number {
    this.c.set(this.flags[word].local, value);
    return this.flags[word].word;
  }
  /** No lane in a local is a denormal number but for this having been called: exact functions do all from here on. */
  noticeDenormal(): void {
    const { c } = this;
    c.store(STATE.simdDenormal, 1);
    c.set(this.usual, c.const(0));
  }
  /** Behind the loads of `words` from memory: what SSE arithmetic relies on. */
  private lookAtLanes(words: number): void {
    if (!this.asksMxcsr) return;
    const { c } = this;
    c.store(STATE.simdDenormal, 0);
    c.set(this.usual, usualExponents(c, 0));
    for (const [n, { local, offset, word }] of this.vectors.entries()) {
      const lane = this.lanes[n];
      if (!lane || !(word & words)) continue;
      const kind = KINDS[lane];
      ifDenormal(c, kind, c.load(offset, 32, kind.bits / 8 - 4), c.get(local), () => this.noticeDenormal());
    }
  }
  /** True when this value is the reading of a register or flag word, which later writes would change. */
  isState(value: Val): boolean {
    const { source } = value;
    return source !== undefined && (source === this.esp || this.words.some(({ local }) => local === source));
  }

  /** A loop within an instruction follows: what it writes has been written at its exits, too, wherever they are in it. */
  markWritten(registers: readonly number[], flags: boolean): void {
    for (const n of registers) this.setRegister(n, this.register(n));
    if (flags) for (const word of Object.keys(WORDS) as FlagWord[]) this.setFlag(word, this.flag(word));
  }

  // ---- where it comes from and goes to ------------------------------------------------------------------------

  /** Block `n` begins. */
  enterBlock(n: number): void {
    this.block = n;
    this.nesting[n] = this.c.nesting;
    this.events[n] = [];
  }
  get position(): Position {
    return { block: this.block, frame: this.stack.frame, tags: this.fpu.tags, ...this.depth };
  }
  /** The code that follows goes on where other code has been built in between. */
  set position({ block, depth, offset, frame, tags }: Position) {
    this.block = block;
    this.fpu.depth = depth;
    this.fpu.tags = tags;
    this.stack.offset = offset;
    this.stack.frame = frame;
  }
  private record(event: Event): void {
    this.events[this.block]!.push(event);
  }

  /** These words are written on the way from the block at hand to another. */
  defineOnEdge(to: number, words: number): void {
    this.edges[this.block] ??= new Map();
    this.edges[this.block]!.set(to, words);
  }
  /**
   * Leaves the region, where these flags will be read: by the stores it takes, and then on as `closeExits` says, of
   * returns or of others. `written`: words that have been written on this way alone.
   */
  exitHere(liveFlags: number, written: number, returns: boolean): void {
    this.fpu.putTags();
    const dead = this.deadWords(liveFlags);
    const exit = { place: this.c.placeholder(), dead, written, dirty: 0, returns, ...this.depth };
    this.exits.push(exit);
    this.record({ kind: 'exit', exit });
  }
  /** Flag words that only other flags than these follow from. */
  private deadWords(live: number): number {
    const { result, parity, carryA, carryB } = this.flags;
    const { ZF, SF, PF, AF } = EFLAGS;
    const carries = live & FLAG_CARRY ? 0 : carryA.word | carryB.word;
    const signs = live & (SF | PF | AF) ? 0 : parity.word;
    return carries | signs | (live & (ZF | SF | PF | AF) ? 0 : result.word);
  }
  private get depth(): Depth {
    return { depth: this.fpu.depth, offset: this.stack.offset };
  }
  /**
   * A guest call built by `call`, with the state in memory; it is in locals again afterwards. ESP is then `offset` above
   * the anchor. `leave` leaves the region behind it, the state being in memory.
   */
  callHere(call: () => void, offset: number | undefined, leave: () => void): void {
    this.fpu.settleTags();
    const stores = this.c.placeholder();
    call();
    this.stack.offset = offset;
    const made = {
      stores,
      loads: this.c.placeholder(),
      conditional: this.isConditional,
      dirty: 0,
      live: 0,
      leave,
      ...this.depth,
    };
    this.calls.push(made);
    this.record({ kind: 'call', call: made });
  }

  /** The FPU's registers are in memory for what `body` builds; then in locals again, the stack being `depth` deep. */
  withFpuInMemory(body: () => void, depth = this.fpu.depth): void {
    this.move('spill');
    body();
    this.fpu.depth = depth;
    this.move('reload');
  }
  private move(kind: 'spill' | 'reload'): void {
    this.fpu.settleTags();
    this.moveWords(kind, this.fpu.file);
  }
  /** The window of the stack is looked up here, if it is used afterwards; `leave` leaves the region here. */
  findStack(leave: () => void): void {
    const { c } = this;
    const leaving = c.collect(leave);
    this.moveWords('reload', this.stack.word, () => c.append(leaving));
  }
  private moveWords(kind: 'spill' | 'reload', words: number, leave = () => {}): void {
    const { c, isConditional } = this;
    const move = { kind, place: c.placeholder(), words, conditional: isConditional, moved: 0, leave, ...this.depth };
    this.moves.push(move);
    this.record({ kind, move });
  }

  /** Once the body is built: finds out where words are loaded and stored. */
  close(): void {
    const { c } = this;
    this.live = analyseStateFlow(this.flow, this.events, this.edges);
    for (const call of this.calls) {
      const { stores, loads, dirty, live } = call;
      c.fill(stores, () => {
        this.store(dirty, call);
        c.store(STATE.fuel, c.get(this.fuel));
      });
      c.fill(loads, () => {
        this.load(live, call);
        this.lookAtLanes(live);
      });
    }
    for (const move of this.moves) {
      const { kind, place, moved } = move;
      c.fill(place, () => (kind === 'spill' ? this.store(moved, move) : this.load(moved, move)));
    }
    for (const exit of this.exits) c.fill(exit.place, () => c.break(this.exitLabel(exit)));
  }
  /** The words that the region needs from the start. */
  loadAtEntry(leave: () => void): void {
    const { c } = this;
    c.set(this.tlbRead, c.load(STATE.tlbRead));
    c.set(this.tlbWrite, c.load(STATE.tlbWrite));
    this.load(this.live, { depth: 0, offset: 0, leave });
    this.lookAtLanes(this.live);
  }
  /**
   * The body, and where its exits lead: behind the code built here the state is in memory, but for fuel. Returns end with
   * `goBack`, all others with `leave`.
   */
  closeExits(body: Place, goBack: () => void, leave: () => void): void {
    const { c } = this;
    const ways = [...new Map(this.exits.map((exit) => [this.exitLabel(exit), exit])).values()];
    // So that the last of what does not return needs no jump.
    ways.sort((a, b) => Number(a.returns) - Number(b.returns));
    const nest = (n: number): void => {
      const way = ways[n];
      if (way === undefined) {
        c.append(body);
        return;
      }
      c.block(this.exitLabel(way), () => nest(n + 1));
      this.store(way.dirty, way);
      if (way.returns) goBack();
      else if (n > 0) c.break(STORED);
    };
    c.block(STORED, () => nest(0));
    if (ways[0]?.returns === false) leave();
  }
  /** Exits share the code that stores the same words. */
  private exitLabel({ dirty, depth, returns }: Way): string {
    const kind = returns ? 'return' : 'exit';
    return dirty & this.fpu.status ? `${kind}${dirty}-${depth}` : `${kind}${dirty}`;
  }

  private load(words: number, { depth, offset, leave }: Depth & Leaving): void {
    const { c, fpu, stack } = this;
    for (const { local, offset, word } of this.words)
      if (word & words) c.set(local, c.loadAs(local.type, c.const(offset)));
    fpu.depth = depth;
    fpu.load(words);
    if (words & stack.word) stack.find(() => c.get(this.esp), offset!, this, leave);
  }
  private store(words: number, { depth }: Depth): void {
    const { c, fpu } = this;
    for (const { local, offset, word } of this.words)
      if (word & words) c.storeAs(local.type, c.const(offset), c.get(local));
    fpu.depth = depth;
    fpu.store(words);
  }
}

const STORED = 'stored';

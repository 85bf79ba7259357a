/**
 * One region becomes one wasm function: structured control flow from the dominator tree (Ramsey, "Beyond
 * Relooper"), guest state in locals, fuel counted by block and tested on back edges.
 */

import type { FlagSource } from '../flags.ts';
import { REGION_EXIT } from '../interpreter/exits.ts';
import { OPERANDS } from '../isa/operands.ts';
import { ARITHMETIC_FLAGS, MODE, STATE } from '../layout.ts';
import { Link, ledToSlot, REGION_PARAMS, REGION_TABLE } from '../links.ts';
import type { Callee, Code, Local, Operand, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { ClosedOps, type Established, type RegionContext } from './closed.ts';
import type { Flow } from './dominators.ts';
import { ExitWord } from './exit-word.ts';
import { flagWords, putFlags } from './flag-words.ts';
import { nothingOfFpu } from './fpu-registers.ts';
import { Frame } from './frame.ts';
import {
  type Block,
  type Expected,
  eipOf,
  fuelOf,
  isDirectCall,
  type Key,
  keyIn,
  keyOf,
  type Placed,
} from './graph.ts';
import { BOUND_FUEL, emitHostCall } from './host-call.ts';
import { analyseLiveness, type Liveness } from './liveness.ts';
import type { Leaving, Place, PlaceHook } from './places.ts';
import { emitRepeated, isRepeatable, ownFlags } from './repeat.ts';
import { planStack, type StackPlan } from './stack-plan.ts';

export interface RegionImports {
  readonly hostForRead: Callee;
  readonly hostForWrite: Callee;
  /** (linear page number) → its execute entry, filled if need be; 0 where it cannot be executed. */
  readonly execEntry: Callee;
  helper(name: string): Callee;
  hostFunction(name: string): Callee;
}

/** Pages besides the entry's that must still be mapped as they were: linear page number → execute entry. */
export type PageGuards = ReadonlyMap<number, number>;

export interface EmitOptions {
  readonly mode: number;
  readonly guards: PageGuards;
  /** The fuel that may be used before it is looked at again. */
  readonly fuel: number;
  readonly precise: boolean;
  /** The region is left where memory that it accesses in many places does not lie in one piece. */
  readonly inOnePiece: boolean;
  readonly atPlace?: PlaceHook | undefined;
}

/** SSE in a loop is looked for once, at the entry; but not where a function of the host may forbid it in between. */
const hasSseInLoop = ({ order, isLoop }: Flow): boolean => {
  const all = order.flatMap(({ instructions }) => instructions);
  return isLoop.includes(true) && all.some(usesXmm) && !all.some(({ bound }) => bound);
};
const usesXmm = ({ instruction: { line } }: Placed): boolean =>
  line.inline && line.operands.some((kind) => OPERANDS[kind].place.startsWith('xmm'));

const EBP = 5;
/** A return: as REGION_EXIT.next, but whoever called may be waiting. */
const BACK = -1;

/** Defines the function `name` as links.ts says. */
export const emitRegion = (
  builder: ModuleBuilder,
  name: string,
  flow: Flow,
  imports: RegionImports,
  options: EmitOptions,
): void => {
  builder.define(
    name,
    REGION_PARAMS,
    'i32 pair',
    (c, esp, depth) => {
      new RegionEmitter(c, esp!, depth!, flow, imports, options).emit();
      return undefined;
    },
    true,
  );
};

class RegionEmitter implements RegionContext {
  readonly frame: Frame;
  readonly mode: number;
  readonly hostForRead: Callee;
  readonly hostForWrite: Callee;
  established: Established;
  private readonly c: Code;
  private readonly flow: Flow;
  private readonly imports: RegionImports;
  private readonly options: EmitOptions;
  private readonly liveness: Liveness;
  private readonly depth: Local;
  private readonly plan: StackPlan;
  /** SSE may be used wherever control is in the region. */
  private readonly usesSse: boolean;
  /** Its reason is one of REGION_EXIT, or BACK. */
  private readonly way: ExitWord;
  /** The block and instruction that is being built, and how many instructions a slow exit there has to pay for. */
  private block = 0;
  private placed: Placed;
  private unpaid = 0;
  /** What the flags follow from at the place that is being built; and at the start of the next block, if that is known. */
  private flags: () => FlagSource;
  private handedOn: FlagSource | undefined;
  /** How deep the FPU's stack is where blocks begin, as those say that were built first. */
  private readonly depths = new Map([[0, 0]]);

  constructor(c: Code, esp: Local, depth: Local, flow: Flow, imports: RegionImports, options: EmitOptions) {
    this.c = c;
    this.flow = flow;
    this.imports = imports;
    this.options = options;
    this.mode = options.mode;
    this.placed = flow.order[0]!.instructions[0]!;
    this.hostForRead = imports.hostForRead;
    this.hostForWrite = imports.hostForWrite;
    this.plan = planStack(flow);
    this.frame = new Frame(c, esp, flow, this.plan, options.inOnePiece, imports.helper);
    this.depth = depth;
    c.nameLocal(esp, 'esp');
    c.nameLocal(depth, 'depth');
    this.way = new ExitWord(c);
    this.liveness = analyseLiveness(flow, options.precise);
    this.usesSse = hasSseInLoop(flow);
    this.established = this.nothing();
    this.flags = () => flagWords(this.frame);
  }
  /** What holds where nothing is known of what was before. */
  private nothing(): Established {
    return { clear: this.usesSse ? MODE.noSse : 0, fpu: nothingOfFpu() };
  }

  helper(name: string): Callee {
    return this.imports.helper(name);
  }
  hostFunction(name: string): Callee {
    return this.imports.hostFunction(name);
  }

  emit(): void {
    const { c, frame, flow } = this;
    const body = c.collect(() => this.tree(0));
    frame.close();
    c.set(frame.fuel, c.load(STATE.fuel));
    c.if(c.ltS(c.get(frame.fuel), this.options.fuel), () => this.returnTo(c.const(this.entry)));
    this.guard();
    if (this.usesSse) c.if(this.noSse(), () => this.refuse());
    this.note('enter', flow.order[0]!.eip);
    frame.loadAtEntry(() => this.refuse());
    frame.closeExits(body);
    this.note('left');
    c.store(STATE.fuel, c.sub(c.get(frame.fuel), this.way.unpaid()));
    const eip = c.copy(this.way.eip());
    const reason = c.copy(this.way.reason());
    c.if(c.eqz(reason), () => this.goOn(eip));
    c.if(c.gtS(reason, 0), () => c.store(STATE.leaving, reason));
    this.returnTo(eip);
  }

  private get entry(): number {
    return this.flow.order[0]!.eip;
  }
  /** Gives control back, the state being in memory. */
  private returnTo(eip: Val): void {
    this.c.returnPair(eip, this.c.get(this.frame.esp));
  }
  /** On in another region, in place of this one, if there is a link. */
  private goOn(eip: Val): void {
    const { c, frame } = this;
    const link = new Link(c, eip);
    c.if(c.eqz(link.misses(this.mode, link.entry())), () =>
      c.tailCallIndirect(REGION_TABLE, link.function(), REGION_PARAMS, [c.get(frame.esp), c.get(this.depth)]),
    );
  }

  private note(place: Place, key: Key = this.key): void {
    this.options.atPlace?.(this.c, place, key);
  }

  /** The region's further pages must be where they were when it was translated. */
  private guard(): void {
    const { c } = this;
    for (const [page, entry] of this.options.guards) {
      const now = c.load(c.load(STATE.tlbExec), 32, page * 4);
      c.if(c.ne(now, entry), () => {
        const filled = c.call(this.imports.execEntry, page);
        c.if(c.ne(filled, entry), () => this.refuse());
      });
    }
  }

  private noSse(): Val {
    return this.c.and(this.c.load(STATE.mode), MODE.noSse);
  }
  /** The interpreter does the instruction at `eip`, the state being in memory. */
  private refuse(eip = this.entry): void {
    this.c.store(STATE.leaving, REGION_EXIT.slow);
    this.returnTo(this.c.const(eip));
  }

  // ---- control flow -----------------------------------------------------------------------------------------

  private label(n: number): string {
    return `b${n}`;
  }
  private loopLabel(n: number): string {
    return `l${n}`;
  }

  /** Block n with everything it dominates. */
  private tree(n: number): void {
    const merges = this.flow.children[n]!.filter((child) => this.flow.isMerge[child]);
    const body = () => this.within(n, merges);
    if (this.flow.isLoop[n]) this.c.loop(this.loopLabel(n), body);
    else body();
  }

  /** Block n, with the merge nodes it dominates placed behind it, the last in order outermost. */
  private within(n: number, merges: readonly number[]): void {
    const last = merges[merges.length - 1];
    if (last === undefined) {
      this.instructions(n);
      return;
    }
    this.c.block(this.label(last), () => this.within(n, merges.slice(0, -1)));
    this.tree(last);
  }

  private instructions(n: number): void {
    const block = this.flow.order[n]!;
    this.at(n);
    this.frame.fpu.depth = this.depths.get(n) ?? 0;
    let flags = this.handedOn ?? flagWords(this.frame);
    this.flags = () => flags;
    this.handedOn = undefined;
    this.established = this.nothing();
    /** Locals that hold the operands the current flags follow from. */
    let held: Local[] = [];
    let fuel = 0;
    this.note('block', block.key);
    for (const placed of block.instructions) {
      const own = fuelOf(placed);
      this.note('instruction', keyOf(placed));
      const transfers = placed.instruction.line.ends !== 'no';
      // A transfer is paid for before it, with the whole block: it goes on from many places.
      if (transfers) {
        this.frame.closeWindows();
        this.spend(fuel + own);
      }
      this.at(n);
      this.placed = placed;
      this.frame.stack.at(this.key);
      this.unpaid = transfers ? -own : fuel;
      fuel += own;
      const before = flags;
      const kept = this.c.scope(() => {
        flags = this.instruction(placed, before);
        return flags === before ? [] : [flags.a, flags.b, flags.r];
      });
      if (flags !== before) {
        for (const local of held) this.c.release(local);
        held = kept;
      }
    }
    this.frame.closeWindows();
    const last = block.instructions[block.instructions.length - 1]!;
    if (last.instruction.line.ends !== 'no') return;
    this.spend(fuel);
    this.goTo((last.eip + last.instruction.length) | 0);
  }

  private instruction(placed: Placed, flags: FlagSource): FlagSource {
    const { eip, instruction, bound } = placed;
    const live = this.liveness.after(placed) | ownFlags(instruction);
    const ops = new ClosedOps(this, eip, instruction, live, flags);
    this.flags = () => ops.flags();
    const isRepeated = instruction.rep !== 0 && isRepeatable(instruction);
    if (bound || isRepeated) ops.settle();
    if (bound) {
      emitHostCall(ops, this, bound);
      // The host may have set CR0.TS.
      this.established = this.nothing();
    } else if (isRepeated) emitRepeated(ops, this, instruction);
    else instruction.line.semantics(ops);
    if (bound) this.frame.closeWindows();
    if (this.plan.anchorsAfter(keyOf(placed)) && instruction.line.ends === 'no') this.findStack(ops.next);
    return ops.flags();
  }

  /** The window of the stack is looked up before the instruction at `next`. */
  private findStack(next: number): void {
    const { frame, placed } = this;
    frame.stack.at(keyIn(placed.copy, next));
    const unpaid = this.unpaid + fuelOf(placed);
    frame.findStack(() => this.exit(this.c.const(next), REGION_EXIT.slow, 'slow', unpaid, this.liveness.after(placed)));
  }

  private at(block: number): void {
    this.block = block;
    this.frame.enterBlock(block);
  }

  private spend(count: number): void {
    const { c, frame } = this;
    if (count) c.set(frame.fuel, c.sub(c.get(frame.fuel), count));
  }

  private get eip(): number {
    return this.placed.eip;
  }
  private get key(): Key {
    return keyOf(this.placed);
  }
  goTo(eip: number): void {
    this.goToBlock(keyIn(this.placed.copy, eip));
  }
  private goToBlock(key: Key): void {
    const { c, flow } = this;
    // Of a branch's two ways the first may hold other instructions.
    this.note('instruction');
    const source = this.block;
    const target = flow.number.get(key);
    if (target === undefined || flow.cut.has(source * flow.order.length + target)) {
      this.leaveTo(c.const(eipOf(key)));
      return;
    }
    if (target <= source) {
      // A back edge: only with fuel for one more way through.
      c.if(c.ltS(c.get(this.frame.fuel), this.options.fuel), () => this.leaveForFuel(flow.order[target]!));
      this.handOver(target);
      c.break(this.loopLabel(target));
    } else if (flow.isMerge[target]) {
      this.handOver(target);
      c.break(this.label(target));
    } else {
      const { placed, flags } = this;
      if (flow.isLoop[target]) this.putFlagsFor(target);
      else this.handedOn = flags();
      const { fpu, stack } = this.frame;
      const { depth } = fpu;
      const { offset, frame } = stack;
      this.depths.set(target, depth);
      this.tree(target);
      this.at(source);
      this.placed = placed;
      this.flags = flags;
      fpu.depth = depth;
      stack.offset = offset;
      stack.frame = frame;
    }
  }
  /** The state goes where a block expects it that other ways lead to, too. */
  private handOver(target: number): void {
    this.putFlagsFor(target);
    this.alignStack(target);
  }
  private putFlagsFor(target: number): void {
    const { flow, liveness, frame } = this;
    frame.defineOnEdge(target, this.putFlags(liveness.before(flow.order[target]!.instructions[0]!)));
  }
  private settleFlags(): void {
    const { c, frame } = this;
    const flags = this.flags();
    if (!flags.pending) return;
    putFlags(c, flags, ARITHMETIC_FLAGS, (word, value) => frame.setFlag(word, value));
    this.flags = () => flagWords(frame);
  }
  /** Flags that are pending into words, on this way alone; the words. */
  private putFlags(live: number): number {
    const flags = this.flags();
    let words = 0;
    if (flags.pending) putFlags(this.c, flags, live, (word, value) => (words |= this.frame.putFlag(word, value)));
    return words;
  }
  /** The FPU's registers go where a block expects them. */
  private alignStack(target: number): void {
    const { frame, depths } = this;
    const { depth } = frame.fpu;
    const expected = depths.get(target);
    if (expected === undefined) depths.set(target, depth);
    else if (expected !== depth) frame.withFpuInMemory(() => {}, expected);
    frame.fpu.depth = depth;
  }

  leaveTo(eip: Val): void {
    this.exit(eip, REGION_EXIT.next, 'next');
  }
  private leaveForFuel({ eip, instructions }: Block): void {
    this.exit(this.c.const(eip), REGION_EXIT.next, 'fuel', 0, this.liveness.before(instructions[0]!));
  }
  jumpTo(target: Val): void {
    this.tryWays(target);
    this.noteTarget(target);
    this.leaveTo(target);
  }
  returnBack(eip: Val): void {
    this.tryWays(eip);
    this.exit(eip, BACK, 'next');
  }
  /** Goes on within the region where that is known to be possible. */
  private tryWays(target: Val): void {
    const { c, flow } = this;
    const { ways = [], table = [], instruction } = this.placed;
    const held = ways.filter(({ key }) => flow.number.has(key));
    if (held.length === 0) return;
    this.frame.fork();
    const tryOne = ({ eip, key }: Expected) => c.if(c.eq(target, eip), () => this.goToBlock(key));
    if (table.length === 0 || held.length < 2) {
      held.forEach(tryOne);
      return;
    }
    // What the table says may have changed: the target is compared, too.
    const other = c.label('other');
    const arms = held.map((way) => ({
      label: c.label('way'),
      body: () => {
        tryOne(way);
        c.break(other);
      },
    }));
    const labels = table.map((eip) => arms[held.findIndex((way) => way.eip === eip)]?.label ?? other);
    c.block(other, () => c.switchOver(this.frame.register(instruction.index), labels, other, arms));
  }
  private noteTarget(target: Val): void {
    this.c.store(ledToSlot(this.eip), target);
  }
  leaveAfter(fuel: number, eip: Val, again = false): void {
    const why = fuel === BOUND_FUEL ? 'host' : 'elsewhere';
    this.exit(eip, again ? REGION_EXIT.again : REGION_EXIT.next, why, this.unpaid + fuel);
  }
  leaveSlow(): void {
    this.exit(this.c.const(this.eip), REGION_EXIT.slow, 'slow', this.unpaid, this.liveness.before(this.placed));
  }
  private exit(eip: Val, reason: number, why: Leaving, unpaid = 0, liveFlags = ARITHMETIC_FLAGS): void {
    this.note(why);
    this.way.set(reason, unpaid, eip);
    this.frame.exitHere(liveFlags, this.putFlags(liveFlags));
  }

  /** A guest call: the return address is pushed. Comes back here if the guest returns as it should. */
  callTo(target: Val, returnSite: number): void {
    const { frame } = this;
    const { ways, copy } = this.placed;
    if (isDirectCall(this.placed)) {
      if (ways) {
        this.goToBlock(ways[0]!.key);
        return;
      }
    } else {
      this.tryWays(target);
      this.noteTarget(target);
    }
    if (!this.flow.number.has(keyIn(copy, returnSite)) && !this.flow.elsewhere.has(returnSite)) {
      this.leaveTo(target);
      return;
    }
    this.settleFlags();
    const site = keyIn(copy, returnSite);
    frame.callHere(
      () => this.call(target, site),
      this.plan.before(site),
      () => this.refuse(returnSite),
    );
    this.established = this.nothing();
    this.goTo(returnSite);
  }
  private call(target: Val, site: Key): void {
    const { c, frame } = this;
    const link = new Link(c, target);
    const unlinked = c.or(link.misses(this.mode, link.entry()), c.eqz(c.get(this.depth)));
    c.if(unlinked, () => this.leaveStored(target, 'next'));
    const args = [c.get(frame.esp), c.sub(c.get(this.depth), 1)];
    const [eip, esp] = c.callIndirectPair(REGION_TABLE, link.function(), REGION_PARAMS, args);
    c.set(frame.esp, esp);
    c.set(frame.fuel, c.load(STATE.fuel));
    const elsewhere = c.or(c.xor(eip, eipOf(site)), c.load(STATE.leaving));
    const changed = this.usesSse ? c.or(elsewhere, this.noSse()) : elsewhere;
    c.if(c.or(changed, this.hasMovedFrame(site)), () => this.leaveStored(eip, 'next'));
    c.if(c.ltS(c.get(frame.fuel), this.options.fuel), () => this.leaveStored(eip, 'fuel'));
  }
  /** Non-zero where EBP is not at the distance from ESP that the region relies on behind a call. */
  private hasMovedFrame(site: Key): Operand {
    const { c, frame, plan } = this;
    const distance = plan.frameBefore(site);
    if (distance === undefined || plan.before(site) === undefined) return 0;
    return c.xor(c.load(STATE.gpr + EBP * 4), c.add(c.get(frame.esp), distance));
  }
  private leaveStored(eip: Val, why: Leaving): void {
    this.note(why);
    this.returnTo(eip);
  }

  again(): void {
    const { c, frame, options } = this;
    c.if(c.ltS(c.get(frame.fuel), options.fuel), () => this.leaveAfter(1, c.const(this.eip)));
    this.spend(1);
  }

  storeFuelAfter(fuel: number): void {
    const { c } = this;
    c.store(STATE.fuel, c.sub(c.get(this.frame.fuel), this.unpaid + fuel));
  }

  fuelEnds(): Val {
    const { c, frame } = this;
    return c.leS(c.sub(c.get(frame.fuel), this.unpaid), 1);
  }
}

/**
 * Where control goes on from an instruction: at a block of the region, in place or by a jump; in another region, and
 * back from a guest call; or out.
 */
import type { FlagSource } from '../flags.ts';
import { REGION_EXIT } from '../interpreter/exits.ts';
import { ARITHMETIC_FLAGS, MODE, STATE } from '../layout.ts';
import { Link, ledToSlot, REGION_PARAMS, REGION_TABLE } from '../links.ts';
import type { Operand, Val } from '../wasm/code.ts';
import type { Border } from './border.ts';
import type { Established, Point, Region, RegionContext, RegionImports } from './context.ts';
import { flagWords, putFlags, settleFlags } from './flag-words.ts';
import { FpuKnowledge } from './fpu-knowledge.ts';
import type { Frame } from './frame.ts';
import { type Block, type Expected, eipOf, fuelOf, isDirectCall, type Key, keyIn, keyOf, next } from './graph.ts';
import { BOUND_FUEL } from './host-call.ts';
import type { Leaving } from './places.ts';

const EBP = 5;

/** Labels of block n: behind what leads to it, and where it begins if it is a loop. */
export const label = (n: number): string => `b${n}`;
export const loopLabel = (n: number): string => `l${n}`;

export class Control implements RegionContext {
  readonly frame: Frame;
  readonly imports: RegionImports;
  readonly mode: number;
  readonly isPatient: boolean;
  point: Point;
  private readonly region: Region;
  private readonly border: Border;
  /** Builds block n with everything that it dominates, here. */
  private readonly tree: (n: number) => void;
  /** What the flags follow from at the start of the next block, if that is known. */
  private handedOn: FlagSource | undefined;
  /** How deep the FPU's stack is where blocks begin, as those say that were built first. */
  private readonly depths = new Map([[0, 0]]);

  constructor(region: Region, border: Border, tree: (n: number) => void) {
    this.region = region;
    this.frame = region.frame;
    this.imports = region.imports;
    this.mode = region.options.mode;
    this.isPatient = region.options.patient;
    this.border = border;
    this.tree = tree;
    this.point = this.start(0);
  }

  get established(): Established {
    return this.point.established;
  }
  /** What holds where nothing is known of what was before. */
  private nothing(): Established {
    return { clear: this.border.usesSse ? MODE.noSse : 0, fpu: new FpuKnowledge() };
  }
  /** What holds where block n begins. */
  private establishedAt(n: number): Established {
    const { clear, fpu } = this.nothing();
    const known = this.region.fpuKnown?.[n];
    if (!known) return { clear, fpu };
    return { clear: known.available ? clear | MODE.noFpu : clear, fpu: known.from(-this.frame.fpu.depth) };
  }
  /** What block n relies on has been found out on the way to it. */
  private checkEstablished(n: number): void {
    const promised = this.region.fpuKnown?.[n];
    if (!promised) return;
    const { clear, fpu } = this.established;
    const known = fpu.from(this.frame.fpu.depth);
    known.available = (clear & MODE.noFpu) !== 0;
    if (!known.and(promised).equals(promised))
      throw new Error(`${this.eip}: less is known of the FPU than was expected`);
  }
  private start(n: number, flags = flagWords(this.frame)): Point {
    const placed = this.region.flow.order[n]!.instructions[0]!;
    return { placed, unpaid: 0, flags: () => flags, established: this.establishedAt(n) };
  }

  /** Block n begins; what the flags follow from there. */
  begin(n: number): FlagSource {
    const { frame } = this;
    frame.enterBlock(n);
    frame.fpu.begin(this.depths.get(n) ?? 0);
    this.point = this.start(n, this.handedOn);
    this.handedOn = undefined;
    if (n === 0) frame.use(frame.fpu.wordsOf(this.established.fpu));
    return this.point.flags();
  }
  /** Other code has run. */
  forget(): void {
    this.point = { ...this.point, established: this.nothing() };
  }

  spend(count: number): void {
    const { c } = this.region;
    const { fuel } = this.frame;
    if (count) c.set(fuel, c.sub(c.get(fuel), count));
  }
  again(): void {
    const { c, options } = this.region;
    c.if(c.ltS(c.get(this.frame.fuel), options.fuel), () => this.leaveAfter(1, c.const(this.eip)));
    this.spend(1);
  }
  storeFuelAfter(fuel: number): void {
    const { c } = this.region;
    c.store(STATE.fuel, c.sub(c.get(this.frame.fuel), this.point.unpaid + fuel));
  }
  fuelEnds(): Val {
    const { c } = this.region;
    return c.leS(c.sub(c.get(this.frame.fuel), this.point.unpaid), 1);
  }

  private get eip(): number {
    return this.point.placed.eip;
  }
  private note(why: Leaving | 'instruction'): void {
    this.region.note(why, keyOf(this.point.placed));
  }

  // ---- within the region ------------------------------------------------------------------------------------

  goTo(eip: number): void {
    this.goToBlock(keyIn(this.point.placed.copy, eip));
  }
  private goToBlock(key: Key): void {
    const { c, flow, options } = this.region;
    const { frame, point } = this;
    // Of a branch's two ways the first may hold other instructions.
    this.note('instruction');
    const { position } = frame;
    const source = position.block;
    const target = flow.number.get(key);
    if (target === undefined || flow.cut.has(source * flow.order.length + target)) {
      this.leaveTo(c.const(eipOf(key)));
      return;
    }
    this.checkEstablished(target);
    if (target <= source) {
      // A back edge: only with fuel for one more way through.
      c.if(c.ltS(c.get(frame.fuel), options.fuel), () => this.leaveForFuel(flow.order[target]!));
      this.handOver(target);
      c.break(loopLabel(target));
      frame.position = position;
    } else if (flow.isMerge[target]) {
      this.handOver(target);
      c.break(label(target));
      frame.position = position;
    } else {
      if (flow.isLoop[target]) this.putFlagsFor(target);
      else this.handedOn = point.flags();
      frame.fpu.settleTags();
      this.depths.set(target, position.depth);
      this.tree(target);
      this.point = point;
      frame.position = position;
    }
  }
  /** The state goes where a block expects it that other ways lead to, too. */
  private handOver(target: number): void {
    this.putFlagsFor(target);
    this.alignStack(target);
  }
  private putFlagsFor(target: number): void {
    const { flow, liveness } = this.region;
    this.frame.defineOnEdge(target, this.putFlags(liveness.before(flow.order[target]!.instructions[0]!)));
  }
  /** Flags that are pending into words, on this way alone; the words. */
  private putFlags(live: number): number {
    const { frame, point } = this;
    const flags = point.flags();
    let words = 0;
    if (flags.pending) putFlags(this.region.c, flags, live, (word, value) => (words |= frame.putFlag(word, value)));
    return words;
  }
  /** The FPU's registers go where a block expects them. */
  private alignStack(target: number): void {
    const { frame, depths } = this;
    const { depth } = frame.fpu;
    frame.fpu.settleTags();
    const expected = depths.get(target);
    if (expected === undefined) depths.set(target, depth);
    else if (expected !== depth) frame.withFpuInMemory(() => {}, expected);
    frame.fpu.depth = depth;
  }

  // ---- to a target that is a value ----------------------------------------------------------------------------

  jumpTo(target: Val): void {
    this.tryWays(target);
    this.noteTarget(target);
    this.leaveTo(target);
  }
  returnBack(eip: Val): void {
    const { c, frame } = this.region;
    this.tryWays(eip);
    this.note('next');
    c.set(this.border.back, eip);
    frame.exitHere(ARITHMETIC_FLAGS, this.putFlags(ARITHMETIC_FLAGS), true);
  }
  /** Goes on within the region where that is known to be possible. */
  private tryWays(target: Val): void {
    const { c, flow } = this.region;
    const { ways = [], table = [], instruction } = this.point.placed;
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
    this.region.c.store(ledToSlot(this.eip), target);
  }

  // ---- guest calls --------------------------------------------------------------------------------------------

  callTo(target: Val, returnSite: number): void {
    const { flow, plan } = this.region;
    const { placed } = this.point;
    if (isDirectCall(placed)) {
      if (placed.ways) {
        this.goToBlock(placed.ways[0]!.key);
        return;
      }
    } else {
      this.tryWays(target);
      this.noteTarget(target);
    }
    const key = keyIn(placed.copy, returnSite);
    if (!flow.number.has(key) && !flow.elsewhere.has(returnSite)) {
      this.leaveTo(target);
      return;
    }
    const flags = settleFlags(this.region.c, this.frame, this.point.flags());
    this.point = { ...this.point, flags: () => flags };
    this.frame.callHere(
      () => this.call(target, key),
      plan.before(key),
      () => this.border.refuse(returnSite, REGION_EXIT.access),
    );
    this.forget();
    this.goTo(returnSite);
  }
  private call(target: Val, site: Key): void {
    const { c, depth, options } = this.region;
    const { frame, border } = this;
    const link = new Link(c, target);
    const leave = () => this.leaveStored(target, 'next');
    c.if(link.misses(this.mode, link.entry()), leave);
    c.if(c.eqz(c.get(depth)), leave);
    const args = [c.get(frame.esp), c.sub(c.get(depth), 1)];
    const [eip, esp] = c.callIndirectPair(REGION_TABLE, link.function(), REGION_PARAMS, args);
    c.set(frame.esp, esp);
    c.set(frame.fuel, c.load(STATE.fuel));
    const elsewhere = c.or(c.xor(eip, eipOf(site)), c.load(STATE.leaving));
    const changed = border.usesSse ? c.or(elsewhere, border.noSse()) : elsewhere;
    c.if(c.or(changed, this.hasMovedFrame(site)), () => this.leaveStored(eip, 'next'));
    c.if(c.ltS(c.get(frame.fuel), options.fuel), () => this.leaveStored(eip, 'fuel'));
  }
  /** Non-zero where EBP is not at the distance from ESP that the region relies on behind a call. */
  private hasMovedFrame(site: Key): Operand {
    const { c, plan } = this.region;
    const distance = plan.frameBefore(site);
    if (distance === undefined || plan.before(site) === undefined) return 0;
    return c.xor(c.load(STATE.gpr + EBP * 4), c.add(c.get(this.frame.esp), distance));
  }
  private leaveStored(eip: Val, why: Leaving): void {
    this.note(why);
    this.border.returnTo(eip);
  }

  // ---- out ----------------------------------------------------------------------------------------------------

  leaveTo(eip: Val): void {
    this.exit(eip, REGION_EXIT.next, 'next');
  }
  private leaveForFuel({ eip, instructions }: Block): void {
    const { c, liveness } = this.region;
    this.exit(c.const(eip), REGION_EXIT.next, 'fuel', 0, liveness.before(instructions[0]!));
  }
  leaveAfter(fuel: number, eip: Val, again = false): void {
    const why = fuel === BOUND_FUEL ? 'host' : 'elsewhere';
    this.exit(eip, again ? REGION_EXIT.again : REGION_EXIT.next, why, this.point.unpaid + fuel);
  }
  leaveSlow(): void {
    this.leaveBefore(REGION_EXIT.slow);
  }
  leaveForAccess(): void {
    this.leaveBefore(REGION_EXIT.access);
  }
  private leaveBefore(reason: number): void {
    const { c, liveness } = this.region;
    const { placed, unpaid } = this.point;
    this.exit(c.const(this.eip), reason, 'slow', unpaid, liveness.before(placed));
  }
  /** The same behind the instruction, which goes on nowhere else. */
  leaveBehind(): void {
    const { c, liveness } = this.region;
    const { placed, unpaid } = this.point;
    this.exit(c.const(next(placed)), REGION_EXIT.slow, 'slow', unpaid + fuelOf(placed), liveness.after(placed));
  }
  private exit(eip: Val, reason: number, why: Leaving, unpaid = 0, liveFlags = ARITHMETIC_FLAGS): void {
    this.note(why);
    this.border.way.set(reason, unpaid, eip);
    this.frame.exitHere(liveFlags, this.putFlags(liveFlags), false);
  }
}

/**
 * One region becomes one wasm function: structured control flow from the dominator tree (Ramsey, "Beyond
 * Relooper"), guest state in locals, fuel counted by block and tested on back edges.
 */
import type { FlagSource } from '../flags.ts';
import { REGION_PARAMS } from '../links.ts';
import type { Code, Local } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { Border } from './border.ts';
import { ClosedOps } from './closed.ts';
import type { EmitOptions, Region, RegionImports } from './context.ts';
import { Control, label, loopLabel } from './control.ts';
import type { Flow } from './dominators.ts';
import { analyseFpu } from './fpu-flow.ts';
import { Frame } from './frame.ts';
import { fuelOf, keyIn, keyOf, next, type Placed } from './graph.ts';
import { emitHostCall } from './host-call.ts';
import { analyseLiveness } from './liveness.ts';
import { emitRepeated, isRepeatable } from './repeat.ts';
import { isInterrupted } from './stack-moves.ts';
import { planStack } from './stack-plan.ts';

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
      const region = analyse(c, flow, imports, options, esp!, depth!);
      const border = new Border(region);
      const blocks = new Blocks(region, border);
      const body = c.collect(() => blocks.tree(0));
      region.frame.close();
      border.enclose(body);
      return undefined;
    },
    true,
  );
};

const analyse = (
  c: Code,
  flow: Flow,
  imports: RegionImports,
  options: EmitOptions,
  esp: Local,
  depth: Local,
): Region => {
  c.nameLocal(esp, 'esp');
  c.nameLocal(depth, 'depth');
  const plan = planStack(flow, options.patient);
  return {
    ...{ c, flow, imports, options, plan, depth },
    frame: new Frame(c, esp, flow, plan, options.patient, imports.helper),
    liveness: analyseLiveness(flow, options.precise),
    fpuKnown: analyseFpu(flow, options.patient),
    note: (place, key) => options.atPlace?.(c, place, key),
  };
};

/** The blocks of a region, each where control comes to it. */
class Blocks {
  private readonly region: Region;
  private readonly control: Control;

  constructor(region: Region, border: Border) {
    this.region = region;
    this.control = new Control(region, border, (n) => this.tree(n));
  }

  /** Block n with everything it dominates. */
  tree(n: number): void {
    const { c, flow } = this.region;
    const merges = flow.children[n]!.filter((child) => flow.isMerge[child]);
    const body = () => this.within(n, merges);
    if (flow.isLoop[n]) c.loop(loopLabel(n), body);
    else body();
  }

  /** Block n, with the merge nodes it dominates placed behind it, the last in order outermost. */
  private within(n: number, merges: readonly number[]): void {
    const last = merges[merges.length - 1];
    if (last === undefined) {
      this.instructions(n);
      return;
    }
    this.region.c.block(label(last), () => this.within(n, merges.slice(0, -1)));
    this.tree(last);
  }

  private instructions(n: number): void {
    const { control } = this;
    const { c, flow, frame, note } = this.region;
    const block = flow.order[n]!;
    let flags = control.begin(n);
    /** Locals that hold the operands the current flags follow from. */
    let held: Local[] = [];
    let fuel = 0;
    note('block', block.key);
    for (const placed of block.instructions) {
      const own = fuelOf(placed);
      note('instruction', keyOf(placed));
      const transfers = placed.instruction.line.ends !== 'no';
      // A transfer is paid for before it, with the whole block: it goes on from many places.
      if (transfers) {
        frame.closeWindows();
        control.spend(fuel + own);
      }
      const before = flags;
      const kept = c.scope(() => {
        flags = this.instruction(placed, transfers ? -own : fuel, before);
        return flags === before ? [] : [flags.a, flags.b, flags.r];
      });
      fuel += own;
      if (flags !== before) {
        for (const local of held) c.release(local);
        held = kept;
      }
    }
    frame.closeWindows();
    const last = block.instructions[block.instructions.length - 1]!;
    if (last.instruction.line.ends !== 'no') return;
    control.spend(fuel);
    control.goTo(next(last));
  }

  /** What the flags follow from after the instruction, given that before it. */
  private instruction(placed: Placed, unpaid: number, flags: FlagSource): FlagSource {
    const { control } = this;
    const { frame, plan, liveness } = this.region;
    const { eip, instruction, bound, copy } = placed;
    const ops = new ClosedOps(control, eip, instruction, liveness.after(placed), flags);
    control.point = { ...control.point, placed, unpaid, flags: () => ops.flags() };
    frame.stack.at(keyOf(placed));
    const isRepeated = instruction.rep !== 0 && isRepeatable(instruction);
    const runsHost = bound && isInterrupted(placed);
    if (bound || isRepeated) ops.settle();
    if (bound) {
      emitHostCall(ops, control, bound);
      // The host may have set CR0.TS.
      if (runsHost) control.forget();
    } else if (isRepeated) emitRepeated(ops, control, instruction);
    else instruction.line.semantics(ops);
    if (runsHost) frame.closeWindows();
    if (plan.anchorsAfter(keyOf(placed)) && instruction.line.ends === 'no') {
      // The window of the stack is looked up before the next instruction.
      frame.stack.at(keyIn(copy, ops.next));
      frame.findStack(() => control.leaveBehind());
    }
    return ops.flags();
  }
}

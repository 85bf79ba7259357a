/** Where control comes into a region, and where it is given on: to the next region if there is a link, or back. */
import { REGION_EXIT } from '../interpreter/exits.ts';
import { MODE, STATE } from '../layout.ts';
import { Link, REGION_PARAMS, REGION_TABLE } from '../links.ts';
import type { Local, Place, Val } from '../wasm/code.ts';
import { seldom } from '../x87/round.ts';
import type { Region } from './context.ts';
import type { Flow } from './dominators.ts';
import { ExitWord } from './exit-word.ts';
import type { FpuKnowledge } from './fpu-knowledge.ts';
import type { Key, Placed } from './graph.ts';

/** SSE in a loop is looked for once, at the entry; but not where a function of the host may forbid it in between. */
const hasSseInLoop = ({ order, isLoop }: Flow): boolean => {
  const all = order.flatMap(({ instructions }) => instructions);
  return isLoop.includes(true) && all.some(usesXmm) && !all.some(({ bound }) => bound);
};
const usesXmm = ({ instruction: { line } }: Placed): boolean =>
  line.inline && line.infos.some(({ place }) => place.startsWith('xmm'));

export class Border {
  /** Set before control leaves, but for returns; its reason is one of REGION_EXIT. */
  readonly way: ExitWord;
  /** EIP that a return leads to. */
  readonly back: Local;
  /** SSE may be used wherever control is in the region. */
  readonly usesSse: boolean;
  private readonly region: Region;

  constructor(region: Region) {
    this.region = region;
    this.way = new ExitWord(region.c);
    this.back = region.c.namedLocal('back');
    this.usesSse = hasSseInLoop(region.flow);
  }

  private get entry(): Key {
    return this.region.flow.order[0]!.eip;
  }

  /** Around the body, once it is built: the checks before it, and what follows its exits. */
  enclose(body: Place): void {
    const { c, frame, options, note, fpuKnown } = this.region;
    c.set(frame.fuel, c.load(STATE.fuel));
    c.if(c.ltS(c.get(frame.fuel), options.fuel), () => this.returnTo(c.const(this.entry)));
    this.guard();
    if (this.usesSse) c.if(this.noSse(), () => this.refuse());
    note('enter', this.entry);
    const refuse = () => this.refuse(this.entry, REGION_EXIT.access);
    frame.loadAtEntry(refuse);
    if (fpuKnown) this.checkFpu(fpuKnown[0]!, refuse);
    frame.closeExits(
      body,
      () => this.goBack(),
      () => this.leave(),
    );
  }

  /** What the region relies on of the FPU must be so. */
  private checkFpu(known: FpuKnowledge, refuse: () => void): void {
    const { c, frame } = this.region;
    frame.fpu.lookAt(known, (condition) => c.if(seldom(c, condition), refuse));
    if (known.available) c.if(c.and(c.load(STATE.mode), MODE.noFpu), refuse);
  }
  /** The region's further pages must be where they were when it was translated. */
  private guard(): void {
    const { c, options, imports } = this.region;
    for (const [page, entry] of options.guards) {
      const now = c.load(c.load(STATE.tlbExec), 32, page * 4);
      c.if(c.ne(now, entry), () => {
        const filled = c.call(imports.execEntry, page);
        c.if(c.ne(filled, entry), () => this.refuse());
      });
    }
  }
  noSse(): Val {
    const { c } = this.region;
    return c.and(c.load(STATE.mode), MODE.noSse);
  }
  /** The interpreter does the instruction at `eip`, the state being in memory. */
  refuse(eip = this.entry, reason: number = REGION_EXIT.slow): void {
    const { c } = this.region;
    this.sayWhy(c.const(reason));
    this.returnTo(c.const(eip));
  }
  private sayWhy(reason: Val): void {
    const { c } = this.region;
    c.store(STATE.leaving, reason);
    c.store(STATE.leftBy, this.entry);
  }

  private leave(): void {
    const { c, frame, note } = this.region;
    note('left', this.entry);
    c.store(STATE.fuel, c.sub(c.get(frame.fuel), this.way.unpaid()));
    const eip = c.copy(this.way.eip());
    const reason = c.copy(this.way.reason());
    c.if(
      c.eqz(reason),
      () => this.goOn(eip),
      () => this.sayWhy(reason),
    );
    this.returnTo(eip);
  }
  /** Whoever called may be waiting: no other region takes this one's place. */
  private goBack(): void {
    const { c, frame, note } = this.region;
    note('left', this.entry);
    c.store(STATE.fuel, c.get(frame.fuel));
    this.returnTo(c.get(this.back));
  }
  /** On in another region, in place of this one, if there is a link. */
  private goOn(eip: Val): void {
    const { c, frame, depth, options } = this.region;
    const link = new Link(c, eip);
    c.if(c.eqz(link.misses(options.mode, link.entry())), () =>
      c.tailCallIndirect(REGION_TABLE, link.function(), REGION_PARAMS, [c.get(frame.esp), c.get(depth)]),
    );
  }
  /** Gives control back, the state being in memory. */
  returnTo(eip: Val): void {
    const { c, frame } = this.region;
    c.returnPair(eip, c.get(frame.esp));
  }
}

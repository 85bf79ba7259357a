/**
 * The guest state of a region in wasm locals: registers and flag words are loaded at entry if the region uses them
 * and stored at exit if it writes them. What is used shows only once the body is built, so that comes first.
 */
import { GPR_NAMES, STATE } from '../layout.ts';
import type { Code, Local, Place, Type, Val } from '../wasm/code.ts';

const ESP_AT = STATE.gpr + 4 * 4;
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
  used: boolean;
  dirty: boolean;
}

export class Frame {
  readonly c: Code;
  readonly fuel: Local;
  readonly eip: Local;
  readonly esp: Local;
  readonly tlbRead: Local;
  readonly tlbWrite: Local;
  /** In blocks that have looked at MXCSR: see VectorOperations.unusualControl. */
  readonly control: Local;
  private readonly registers: Cached[];
  private readonly flags: Record<FlagWord, Cached>;
  /** Places where the state goes to memory, and where it comes from there: filled in once it is known what is used. */
  private readonly stores: Place[] = [];
  private readonly loads: Place[] = [];
  private readonly vectors: Cached[];

  /** `esp` is a parameter of the region: it is neither loaded nor stored. */
  constructor(c: Code, esp: Local) {
    this.c = c;
    this.esp = esp;
    // Never `fresh`: the prologue, built later, writes them first.
    const local = (name: string, type: Type = 'i32') => {
      const made = c.namedLocal(name, type);
      made.fresh = false;
      return made;
    };
    const cached = (name: string, offset: number, type?: Type): Cached => ({
      local: offset === ESP_AT ? esp : local(name, type),
      offset,
      used: false,
      dirty: false,
    });
    const flag = (name: FlagWord) => cached(name, WORDS[name]);
    this.fuel = local('fuel');
    this.eip = local('eip');
    this.tlbRead = local('tlbRead');
    this.tlbWrite = local('tlbWrite');
    this.control = local('mxcsr');
    this.registers = GPR_NAMES.map((name, n) => cached(name, STATE.gpr + n * 4));
    this.vectors = GPR_NAMES.map((_, n) => cached(`xmm${n}`, STATE.xmm + n * 16, 'v128'));
    this.flags = { result: flag('result'), parity: flag('parity'), carryA: flag('carryA'), carryB: flag('carryB') };
  }

  register(index: number): Val {
    const r = this.registers[index]!;
    r.used = true;
    return this.c.get(r.local);
  }
  setRegister(index: number, value: Val): void {
    const r = this.registers[index]!;
    r.dirty = true;
    this.c.set(r.local, value);
  }
  /** XMM registers. */
  vector(index: number): Val {
    const r = this.vectors[index]!;
    r.used = true;
    return this.c.get(r.local);
  }
  setVector(index: number, value: Val): void {
    const r = this.vectors[index]!;
    r.dirty = true;
    this.c.set(r.local, value);
  }
  /** The XMM register that a value is the reading of, or -1. */
  vectorIndex({ source }: Val): number {
    return this.vectors.findIndex(({ local }) => local === source);
  }
  /** True when this value is the reading of a register or flag word, which later writes would change. */
  isState(value: Val): boolean {
    const { source } = value;
    return source !== undefined && this.all().some((cached) => cached.local === source);
  }
  flag(word: FlagWord): Val {
    const f = this.flags[word];
    f.used = true;
    return this.c.get(f.local);
  }
  setFlag(word: FlagWord, value: Val): void {
    const f = this.flags[word];
    f.dirty = true;
    this.c.set(f.local, value);
  }

  private all(): Cached[] {
    return [...this.registers, ...Object.values(this.flags), ...this.vectors];
  }

  /** The state is in memory from here on: a guest call follows. */
  storeHere(): void {
    this.stores.push(this.c.placeholder());
  }
  /** The state is in memory, and is in locals from here on. */
  loadHere(): void {
    this.loads.push(this.c.placeholder());
  }
  /** Once the body is built. */
  fillPlaces(): void {
    for (const place of this.stores) this.c.fill(place, () => this.storeAll());
    for (const place of this.loads) this.c.fill(place, () => this.loadWords());
  }

  /** Loads what the body uses; a word written on some way only must be right on the others. */
  private loadWords(): void {
    const { c } = this;
    for (const { local, offset, used, dirty } of this.all())
      if ((used || dirty) && local !== this.esp) c.set(local, c.loadAs(local.type, c.const(offset)));
  }
  loadAll(): void {
    const { c } = this;
    c.set(this.tlbRead, c.load(STATE.tlbRead));
    c.set(this.tlbWrite, c.load(STATE.tlbWrite));
    this.loadWords();
  }

  /** Stores what the body may have changed. */
  storeAll(): void {
    const { c } = this;
    for (const { local, offset, dirty } of this.all())
      if (dirty && local !== this.esp) c.storeAs(local.type, c.const(offset), c.get(local));
    c.store(STATE.fuel, c.get(this.fuel));
  }
}

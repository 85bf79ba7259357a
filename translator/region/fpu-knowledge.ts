/** What is known of the FPU at a place of a region. Registers by their number, counted from FpuState's base. */
const REGISTERS = 8;
const ALL = 2 ** REGISTERS - 1;
const NUMBERS = Array.from({ length: REGISTERS }, (_, number) => number);
const bit = (number: number): number => 1 << (number & (REGISTERS - 1));

export class FpuKnowledge {
  /** Its instructions are allowed. */
  available = false;
  /** No exception is pending. */
  quiet = false;
  /** Sets of registers, as masks: neither empty nor anything but a pair; empty; of the full ones those without a low part. */
  private full = 0;
  private empty = 0;
  private doubles = 0;
  /** By register: equal ones have the same value; within a block only. */
  private identities: readonly number[] = NUMBERS;
  private nextIdentity = REGISTERS;

  /** More than can be true: what a place may know that no way to it has been looked at. */
  static everything(): FpuKnowledge {
    const all = { available: true, quiet: true, full: ALL, empty: ALL, doubles: ALL };
    return Object.assign(new FpuKnowledge(), all);
  }
  /** Without what cannot be true, as of registers that nobody has looked at. */
  possible(): FpuKnowledge {
    const all = FpuKnowledge.everything();
    const sure = ALL & ~(this.full & this.empty);
    return this.and(Object.assign(all, { full: sure, empty: sure, doubles: sure }));
  }
  get fullOnes(): readonly number[] {
    return NUMBERS.filter((number) => this.isFull(number));
  }
  get emptyOnes(): readonly number[] {
    return NUMBERS.filter((number) => this.isEmpty(number));
  }

  isFull(number: number): boolean {
    return (this.full & bit(number)) !== 0;
  }
  isEmpty(number: number): boolean {
    return (this.empty & bit(number)) !== 0;
  }
  isDouble(number: number): boolean {
    return (this.doubles & bit(number)) !== 0;
  }
  /** It has been looked at, and is full. */
  foundFull(number: number): void {
    this.full |= bit(number);
  }
  foundEmpty(number: number): void {
    this.empty |= bit(number);
  }
  identity(number: number): number {
    return this.identities[number & (REGISTERS - 1)]!;
  }
  /** `identity`: of what has been written, if that is a register's value. */
  written(number: number, isDouble: boolean, identity = this.nextIdentity++): void {
    this.identities = this.identities.with(number & (REGISTERS - 1), identity);
    this.full |= bit(number);
    this.empty &= ~bit(number);
    this.doubles &= ~bit(number);
    if (isDouble) this.doubles |= bit(number);
  }
  emptied(number: number): void {
    this.full &= ~bit(number);
    this.doubles &= ~bit(number);
    this.empty |= bit(number);
  }

  /** The same with registers counted from number `first`. */
  from(first: number): FpuKnowledge {
    const turned = (mask: number): number => {
      const by = first & (REGISTERS - 1);
      return ((mask >> by) | (mask << (REGISTERS - by))) & ALL;
    };
    return Object.assign(new FpuKnowledge(), {
      available: this.available,
      quiet: this.quiet,
      full: turned(this.full),
      empty: turned(this.empty),
      doubles: turned(this.doubles),
    });
  }
  /** What both know. */
  and(other: FpuKnowledge): FpuKnowledge {
    return Object.assign(new FpuKnowledge(), {
      available: this.available && other.available,
      quiet: this.quiet && other.quiet,
      full: this.full & other.full,
      empty: this.empty & other.empty,
      doubles: this.doubles & other.doubles,
    });
  }
  equals(other: FpuKnowledge): boolean {
    return (
      this.available === other.available &&
      this.quiet === other.quiet &&
      this.full === other.full &&
      this.empty === other.empty &&
      this.doubles === other.doubles
    );
  }
}

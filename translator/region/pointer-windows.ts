/**
 * Windows on what a block accesses at constant distances from a register, or from the sum of two, such as the fields of
 * a structure: looked up before the first of several accesses, and good until a register is written.
 */
import { type Instruction, modOf } from '../isa/instruction.ts';
import { mayLieInMemory } from '../isa/operands.ts';
import { FS } from '../layout.ts';
import type { Code, Local, Place, Val } from '../wasm/code.ts';
import type { Block } from './graph.ts';
import { writtenRegister } from './stack-moves.ts';
import { type InWindow, Window, type WindowLocals } from './window.ts';

const ESP = 4;
/** Accesses that are worth a look-up. */
const WORTHWHILE = 2;

/** Registers that an address is made of. */
type Registers = Pick<Instruction, 'base' | 'index' | 'scale'>;
const nameOf = ({ base, index, scale }: Registers): string => `at_${base}_${index}_${index < 0 ? 0 : scale}`;

interface Open {
  readonly window: Window;
  /** The registers' locals, and which of their values is meant. */
  readonly pointers: readonly Local[];
  readonly versions: readonly number[];
  /** Sum of the registers, as long as that is so. */
  readonly pointer: () => Val;
  /** Displacement of the window's offset 0. */
  readonly lowest: number;
  readonly place: Place;
  /** Leaves the region where there is no window. */
  readonly leaving: Place;
}

const isAtPointer = (i: Instruction): boolean =>
  (i.index >= 0 || (i.base >= 0 && i.base !== ESP)) &&
  i.segment < FS &&
  i.addressSize === 32 &&
  modOf(i.modrm) !== 3 &&
  !i.rep &&
  i.line.inline &&
  i.line.infos.some(({ place }) => mayLieInMemory(place));

/** An instruction that may get a window. */
interface Accessing {
  readonly block: Block;
  readonly i: Instruction;
  /** Local of a register, which is read. */
  readonly register: (number: number) => Local;
}

export class PointerWindows {
  private readonly c: Code;
  private readonly locals: WindowLocals;
  private readonly newBase: (name: string) => Local;
  private readonly patient: boolean;
  private readonly bases = new Map<string, Local>();
  private readonly open = new Map<string, Open>();

  /** `newBase` makes the local of a window. */
  constructor(c: Code, newBase: (name: string) => Local, locals: WindowLocals, patient: boolean) {
    this.c = c;
    this.newBase = newBase;
    this.locals = locals;
    this.patient = patient;
  }

  /**
   * Where the memory operand of an instruction lies; undefined where there is no window, and none is worth opening.
   * `leave` leaves the region before the instruction.
   */
  reserve({ block, i, register }: Accessing, bytes: number, write: boolean, leave: () => void): InWindow | undefined {
    if (this.patient || !isAtPointer(i)) return undefined;
    const name = nameOf(i);
    const known = this.open.get(name);
    if (known?.pointers.every(({ version }, n) => version === known.versions[n])) {
      return known.window.reserve(i.displacement - known.lowest, bytes, write);
    }
    const ahead = this.ahead(block, i);
    if (ahead.length < WORTHWHILE) return undefined;
    this.close(name);
    const { c } = this;
    const window = new Window(c, this.base(name));
    const lowest = Math.min(...ahead);
    const pointers = [i.base, i.index].filter((number) => number >= 0).map(register);
    const pointer = () => {
      const parts = pointers.map((local) => c.get(local));
      if (i.index >= 0) parts.push(c.shl(parts.pop()!, i.scale));
      return parts.reduce((a, b) => c.add(a, b));
    };
    const versions = pointers.map(({ version }) => version);
    const leaving = c.collect(leave);
    this.open.set(name, { window, pointers, versions, pointer, lowest, place: c.placeholder(), leaving });
    return window.reserve(i.displacement - lowest, bytes, write);
  }
  private base(name: string): Local {
    const base = this.bases.get(name) ?? this.newBase(name);
    this.bases.set(name, base);
    return base;
  }

  /** Displacements of this and further accesses, until a register is written. */
  private ahead({ instructions }: Block, from: Instruction): number[] {
    const displacements: number[] = [];
    const start = instructions.findIndex(({ instruction }) => instruction === from);
    const name = nameOf(from);
    for (const { instruction } of instructions.slice(start)) {
      if (nameOf(instruction) === name && isAtPointer(instruction)) displacements.push(instruction.displacement);
      const written = writtenRegister(instruction);
      if (written >= 0 && (written === from.base || written === from.index)) break;
    }
    return displacements;
  }

  /** Look-ups are built once it is known what of. */
  private close(name: string): void {
    const { c, locals } = this;
    const open = this.open.get(name);
    if (!open) return;
    const leave = () => c.append(open.leaving);
    c.fill(open.place, () => open.window.find(open.pointer, open.lowest, locals, leave));
    this.open.delete(name);
  }
  /** What follows is reached on other ways, or after code that may have changed what is mapped. */
  closeAll(): void {
    for (const name of [...this.open.keys()]) this.close(name);
  }
}

/**
 * Windows on what a block accesses at constant distances from a register, such as the fields of a structure: looked
 * up before the first of several accesses, and good until the register is written.
 */
import { type Instruction, modOf } from '../isa/instruction.ts';
import { mayLieInMemory } from '../isa/operands.ts';
import { FS } from '../layout.ts';
import type { Code, Local, Place } from '../wasm/code.ts';
import type { Block } from './graph.ts';
import { writtenRegister } from './stack-moves.ts';
import { type InWindow, Window, type WindowLocals } from './window.ts';

const ESP = 4;
/** Accesses that are worth a look-up. */
const WORTHWHILE = 3;

interface Open {
  readonly window: Window;
  /** The register's local, and which of its values is meant. */
  readonly pointer: Local;
  readonly version: number;
  /** Displacement of the window's offset 0. */
  readonly lowest: number;
  readonly place: Place;
  /** Leaves the region where there is no window. */
  readonly leaving: Place;
}

const isAtPointer = ({ base, index, segment, addressSize, modrm, line, rep }: Instruction): boolean =>
  base >= 0 &&
  base !== ESP &&
  index < 0 &&
  segment < FS &&
  addressSize === 32 &&
  modOf(modrm) !== 3 &&
  !rep &&
  line.inline &&
  line.infos.some(({ place }) => mayLieInMemory(place));

export class PointerWindows {
  private readonly c: Code;
  private readonly locals: WindowLocals;
  private readonly bases: Local[];
  private readonly patient: boolean;
  private readonly open: (Open | undefined)[] = [];

  /** `bases`: by register. */
  constructor(c: Code, bases: Local[], locals: WindowLocals, patient: boolean) {
    this.c = c;
    this.bases = bases;
    this.locals = locals;
    this.patient = patient;
  }

  /**
   * Where the memory operand of an instruction lies; undefined where there is no window, and none is worth opening.
   * `leave` leaves the region before the instruction.
   */
  reserve(
    { block, i, pointer }: { block: Block; i: Instruction; pointer: Local },
    bytes: number,
    write: boolean,
    leave: () => void,
  ): InWindow | undefined {
    if (this.patient || !isAtPointer(i)) return undefined;
    const known = this.open[i.base];
    if (known?.version === pointer.version) {
      return known.window.reserve(i.displacement - known.lowest, bytes, write);
    }
    const ahead = this.ahead(block, i);
    if (ahead.length < WORTHWHILE) return undefined;
    this.close(i.base);
    const { c } = this;
    const window = new Window(c, this.bases[i.base]!);
    const lowest = Math.min(...ahead);
    const leaving = c.collect(leave);
    this.open[i.base] = { window, pointer, version: pointer.version, lowest, place: c.placeholder(), leaving };
    return window.reserve(i.displacement - lowest, bytes, write);
  }

  /** Displacements of this and further accesses, until the register is written. */
  private ahead({ instructions }: Block, from: Instruction): number[] {
    const displacements: number[] = [];
    const start = instructions.findIndex(({ instruction }) => instruction === from);
    for (const { instruction } of instructions.slice(start)) {
      if (instruction.base === from.base && isAtPointer(instruction)) displacements.push(instruction.displacement);
      if (writtenRegister(instruction) === from.base) break;
    }
    return displacements;
  }

  /** Look-ups are built once it is known what of. */
  private close(register: number): void {
    const { c, locals } = this;
    const open = this.open[register];
    if (!open) return;
    const leave = () => c.append(open.leaving);
    c.fill(open.place, () => open.window.find(open.pointer, open.lowest, locals, leave));
    this.open[register] = undefined;
  }
  /** What follows is reached on other ways, or after code that may have changed what is mapped. */
  closeAll(): void {
    for (const register of this.open.keys()) this.close(register);
  }
}

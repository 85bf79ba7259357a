/** The closed binding, operands: general registers, memory by its addresses, immediates. */
import { type Instruction, modOf, regOf, rmOf } from '../isa/instruction.ts';
import { writesOperand } from '../isa/line.ts';
import { mayLieInMemory, type OperandInfo } from '../isa/operands.ts';
import { FS, SEG_BASE, segment } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Code, Operand, Val } from '../wasm/code.ts';
import { type Access, Accesses } from './accesses.ts';
import type { RegionContext } from './context.ts';
import type { Frame } from './frame.ts';

const ESI = 6;
const EDI = 7;

export class RegionOperands {
  readonly c: Code;
  readonly operandSize: 16 | 32;
  readonly size: Width;
  protected readonly r: RegionContext;
  protected readonly frame: Frame;
  protected readonly i: Instruction;
  protected readonly accesses: Accesses;
  /** Host address of the memory operand, once translated. */
  private hostAddress: Val | undefined;
  private displaced: Val | undefined;

  constructor(region: RegionContext, instruction: Instruction) {
    this.r = region;
    this.frame = region.frame;
    this.c = region.frame.c;
    this.i = instruction;
    this.accesses = new Accesses(region);
    this.operandSize = instruction.operandSize;
    this.size = instruction.line.operands.length ? this.widthOf(0) : this.operandSize;
  }

  protected info(operand: number): OperandInfo {
    return this.i.line.infos[operand]!;
  }
  widthOf(operand: number): Width {
    const { width } = this.info(operand);
    return (width === 'v' ? this.operandSize : width || this.operandSize) as Width;
  }
  protected inMemory(operand: number): boolean {
    const { place } = this.info(operand);
    return place === 'moffs' || (mayLieInMemory(place) && modOf(this.i.modrm) !== 3);
  }
  /** Register number of an operand that is a register. */
  private registerNumber(operand: number): number {
    const { place, value } = this.info(operand);
    if (place === 'fixed') return value!;
    if (place === 'opcode') return this.i.opcodeRegister;
    if (place === 'reg') return regOf(this.i.modrm);
    if (place === 'rm' || place === 'rmRegister') return rmOf(this.i.modrm);
    throw new Error(`${this.i.line.mnemonic}: operand ${operand} is no register`);
  }

  get(operand: number): Val {
    const { c } = this;
    const { place, value } = this.info(operand);
    const width = this.widthOf(operand);
    if (place === 'immediate') {
      const immediate = this.isSecondImmediate(operand) ? this.i.immediate2 : this.i.immediate;
      return c.const(width === 32 ? immediate : immediate & (2 ** width - 1));
    }
    if (place === 'relative') return c.const(this.i.immediate);
    if (place === 'constant') return c.const(value!);
    if (place === 'source' || place === 'destination') {
      return c.keep(c.load(this.stringAddress(place, width, false), width));
    }
    if (!this.inMemory(operand)) return this.reg(this.registerNumber(operand), width);
    if (this.opens(operand) || this.hostAddress) return c.keep(c.load(this.memory(operand), width));
    return this.accesses.load(this.access(operand), width);
  }
  private isSecondImmediate(operand: number): boolean {
    return this.i.line.infos.slice(0, operand).some(({ place }) => place === 'immediate');
  }

  set(operand: number, value: Operand): void {
    const width = this.widthOf(operand);
    if (this.info(operand).place === 'destination') {
      const v = this.c.keep(value);
      this.c.store(this.stringAddress('destination', width, true), v, width);
      return;
    }
    if (!this.inMemory(operand)) {
      this.setReg(this.registerNumber(operand), value, width);
      return;
    }
    const v = this.c.keep(value);
    if (this.hostAddress) this.c.store(this.hostAddress, v, width);
    else this.accesses.store(this.access(operand), v, width);
  }

  segmentNumber(operand: number): Val {
    const { place, value } = this.info(operand);
    return this.c.const(place === 'fixedSegment' ? value! : regOf(this.i.modrm));
  }

  reg(index: number, width: Width = 32): Val {
    const { c, frame } = this;
    if (width === 32) return frame.register(index);
    if (width === 16) return c.keep(c.and(frame.register(index), 0xffff));
    if (index < 4) return c.keep(c.and(frame.register(index), 0xff));
    return c.keep(c.and(c.shrU(frame.register(index - 4), 8), 0xff));
  }
  setReg(index: number, value: Operand, width: Width = 32): void {
    const { c, frame } = this;
    const v = c.val(value);
    if (width === 32) frame.setRegister(index, v);
    else if (width === 16) this.insert(index, v, 0xffff, 0);
    else if (index < 4) this.insert(index, v, 0xff, 0);
    else this.insert(index - 4, v, 0xff, 8);
  }
  private insert(index: number, value: Val, mask: number, shift: number): void {
    const { c, frame } = this;
    const part = c.shl(c.and(value, mask), shift);
    frame.setRegister(index, c.or(c.and(frame.register(index), ~(mask << shift)), part));
  }

  // ---- memory -----------------------------------------------------------------------------------------------

  address(): Val {
    const { c, frame, i } = this;
    let offset = c.const(i.displacement);
    if (i.base >= 0) offset = c.add(frame.register(i.base), offset);
    if (i.index >= 0) offset = c.add(offset, c.shl(frame.register(i.index), i.scale));
    if (this.displaced) offset = c.add(offset, this.displaced);
    return i.addressSize === 16 ? c.and(offset, 0xffff) : offset;
  }
  displace(_operand: number, bytes: Val): void {
    this.displaced = this.c.keep(bytes);
  }

  /** Linear address of the memory operand. */
  private linear(): Val {
    const offset = this.address();
    if (this.i.segment < FS) return offset;
    return this.c.add(offset, this.c.load(segment(this.i.segment) + SEG_BASE));
  }

  /** Whether operand k is written as well as read, so that what reads it opens it for writing. */
  private opens(operand: number): boolean {
    return operand === 0 && writesOperand(this.i.line);
  }
  private access(operand: number): Access {
    const { width, aligned } = this.info(operand);
    const bytes = (width === 'v' ? this.operandSize : (width as number)) / 8;
    const write = this.opens(operand);
    const leave = () => this.r.leaveForAccess();
    const window = this.displaced || aligned ? undefined : this.frame.windowOn(this.i, bytes, write, leave);
    return { linear: () => this.linear(), bytes, write, window, ...(aligned && { strict: true }) };
  }
  /** Host address of memory operand k, translated once; leaves the region where that is not possible. */
  protected memory(operand: number): Val {
    this.hostAddress ??= this.accesses.host(this.access(operand));
    return this.hostAddress;
  }

  /** Host address of a linear one; leaves the region where that is not possible. */
  translate(linear: Val, bytes: number, write: boolean): Val {
    return this.accesses.host({ linear: () => linear, bytes, write });
  }

  /** Host address of what ESI or EDI points at. */
  private stringAddress(place: 'source' | 'destination', width: Width, write: boolean): Val {
    const { c, i } = this;
    const source = place === 'source';
    const offset = this.reg(source ? ESI : EDI, i.addressSize);
    const based = source && i.segment >= FS ? c.add(offset, c.load(segment(i.segment) + SEG_BASE)) : offset;
    return this.translate(based, width / 8, write);
  }
  advance(register: number, bytes: Val): void {
    this.setReg(register, this.c.add(this.reg(register, this.i.addressSize), bytes), this.i.addressSize);
  }

  get64(operand: number): Val {
    return this.c.keep(this.c.loadAs('i64', this.memory(operand)));
  }
  set64(operand: number, value: Val): void {
    const v = this.c.keep(value);
    this.c.storeAs('i64', this.memory(operand), v);
  }
  openForWriting(operand: number): void {
    this.memory(operand);
  }
  getExponent(operand: number): Val {
    return this.c.keep(this.c.load(this.memory(operand), 16, 8));
  }
  setExponent(operand: number, value: Val): void {
    const v = this.c.keep(value);
    this.c.store(this.memory(operand), v, 16, 8);
  }
  ifMemory(operand: number, memory: () => void, register: () => void): void {
    if (this.inMemory(operand)) memory();
    else register();
  }
  loadStack(offset: Val, bits: 16 | 32): Val {
    return this.c.keep(this.c.load(this.translate(offset, bits / 8, false), bits));
  }
  loadData(offset: Val, bits: Width): Val {
    const { c, i } = this;
    const at = i.addressSize === 16 ? c.and(offset, 0xffff) : offset;
    const linear = i.segment < FS ? at : c.add(at, c.load(segment(i.segment) + SEG_BASE));
    return c.keep(c.load(this.translate(linear, bits / 8, false), bits));
  }
}

import { regOf, rmOf } from '../isa/instruction.ts';
import type { LaneKind } from '../isa/operands.ts';
import { STATE } from '../layout.ts';
import { ifDenormal, KINDS, topOf } from '../semantics/simd-usual.ts';
import type { VectorOperations } from '../semantics/vector-operations.ts';
import { storeMmx } from '../sse/mmx.ts';
import { usualExponents } from '../sse/words.ts';
import type { Val } from '../wasm/code.ts';
import { vector } from '../wasm/vector.ts';
import { xmmNumber } from './lanes.ts';
import { RegionOperands } from './operands.ts';

export abstract class RegionVectors extends RegionOperands implements VectorOperations {
  abstract require(mode: number): void;

  // ---- all of a register --------------------------------------------------------------------------------------

  /** Number of an XMM register that is operand k, or -1. */
  private xmm(operand: number): number {
    return xmmNumber(this.info(operand), this.i.modrm);
  }
  private mmxAddress(operand: number): Val {
    const index = this.info(operand).place === 'mmx' ? regOf(this.i.modrm) : rmOf(this.i.modrm);
    return this.c.const(STATE.fpu + 16 * index);
  }
  private laneOf(operand: number): LaneKind | undefined {
    return this.frame.lanes[this.xmm(operand)];
  }

  getVector(operand: number): Val {
    const { c, frame } = this;
    const v = vector(c);
    if (this.inMemory(operand)) return c.keep(v.load(this.memory(operand), this.widthOf(operand)));
    const index = this.xmm(operand);
    if (index < 0) return c.keep(v.load(this.mmxAddress(operand), 64));
    const lane = frame.lanes[index];
    if (!lane) return frame.vector(index);
    return c.keep(v.replaceLane(KINDS[lane].shape, v.load(c.const(xmmAddress(index)), 128), 0, frame.vector(index)));
  }
  setVector(operand: number, value: Val): void {
    const { c, frame } = this;
    const v = vector(c);
    if (this.inMemory(operand)) {
      const kept = c.keep(value);
      v.store(this.memory(operand), kept, this.widthOf(operand));
      return;
    }
    const index = this.xmm(operand);
    if (index < 0) {
      storeMmx(c, this.mmxAddress(operand), value);
      return;
    }
    const lane = frame.lanes[index];
    if (!lane) {
      frame.setVector(index, value);
      return;
    }
    const all = c.keep(value);
    v.store(c.const(xmmAddress(index)), all, 128);
    const low = c.keep(v.lane(KINDS[lane].shape, all, 0));
    this.notice(lane, topOf(c, KINDS[lane], low), low);
    frame.setVector(index, low);
  }
  moveVector(): void {
    const { c, frame } = this;
    const [to, from] = [this.xmm(0), this.xmm(1)];
    const lane = frame.lanes[from] ?? frame.lanes[to];
    const bits = lane && KINDS[lane].bits;
    if (lane && to >= 0 && from >= 0 && frame.lanes[to] === frame.lanes[from]) {
      this.setUpper(
        to,
        lane,
        (at) => c.loadAs('i64', c.const(xmmAddress(from)), at),
        () => c.load(xmmAddress(from), 32, 4),
      );
      frame.setVector(to, frame.vector(from));
    } else if (lane && to >= 0 && this.inMemory(1) && this.widthOf(1) === bits) {
      const low = this.getLow(1, lane);
      this.setUpper(
        to,
        lane,
        () => c.const64(0n),
        () => c.const(0),
      );
      frame.setVector(to, low);
    } else if (lane && from >= 0 && this.inMemory(0) && this.widthOf(0) === bits) {
      c.storeAs(KINDS[lane].type, this.memory(0), frame.vector(from));
    } else this.setVector(0, this.getVector(1));
  }
  /** Writes what is above the lowest lane: the upper half, and of the lower one the doubleword above a single. */
  private setUpper(index: number, lane: LaneKind, half: (at: number) => Val, doubleword: () => Val): void {
    const { c } = this;
    c.storeAs('i64', c.const(xmmAddress(index)), half(8), 8);
    if (lane === 'ss') c.store(xmmAddress(index), doubleword(), 32, 4);
  }
  clearIfSame(): boolean {
    const { c, frame } = this;
    const [a, b] = [this.xmm(0), this.xmm(1)];
    if (a < 0 || a !== b) return false;
    const lane = frame.lanes[a];
    if (lane) {
      this.setUpper(
        a,
        lane,
        () => c.const64(0n),
        () => c.const(0),
      );
      frame.setVector(
        a,
        c.make(KINDS[lane].type, [], (m) => m[KINDS[lane].type].const(0)),
      );
    } else frame.setVector(a, vector(c).zero());
    return true;
  }

  // ---- its lowest lane ------------------------------------------------------------------------------------------

  getLow(operand: number, kind: LaneKind): Val {
    const { c, frame } = this;
    const { type, shape, bits } = KINDS[kind];
    if (this.inMemory(operand)) {
      const at = this.memory(operand);
      const low = c.keep(c.loadAs(type, at));
      this.notice(kind, c.load(at, 32, bits / 8 - 4), low);
      return low;
    }
    if (this.laneOf(operand) === kind) return frame.vector(this.xmm(operand));
    const low = c.keep(vector(c).lane(shape, this.getVector(operand), 0));
    this.notice(kind, topOf(c, KINDS[kind], low), low);
    return low;
  }
  setLow(kind: LaneKind, value: Val): void {
    const { c, frame } = this;
    if (this.laneOf(0) === kind) {
      frame.setVector(this.xmm(0), value);
      return;
    }
    const low = c.keep(value);
    this.setVector(0, vector(c).replaceLane(KINDS[kind].shape, this.getVector(0), 0, low));
  }
  /** A denormal number, if it is one, has been seen: exact functions from here on. */
  private notice(kind: LaneKind, top: Val, low: Val): void {
    ifDenormal(this.c, KINDS[kind], top, low, () => this.frame.noticeDenormal());
  }

  // ---- MXCSR ----------------------------------------------------------------------------------------------------

  mxcsr(): Val {
    return this.c.load(STATE.mxcsr);
  }
  setMxcsr(value: Val): void {
    const { c, frame } = this;
    c.store(STATE.mxcsr, value);
    c.set(frame.usual, usualExponents(c, c.load(STATE.simdDenormal)));
  }
  unusualControl(): Val {
    return this.c.keep(this.c.sub(this.usualExponents(), 1));
  }
  usualExponents(): Val {
    this.frame.asksMxcsr = true;
    return this.c.get(this.frame.usual);
  }
  askAgain(): void {
    this.c.set(this.frame.usual, this.c.load(STATE.simdUsual));
  }
}

const xmmAddress = (index: number): number => STATE.xmm + 16 * index;

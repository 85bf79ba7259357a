/** Expressions: arithmetic on all types, and memory by host address. Constants fold. */
import binaryen from 'binaryen';
import { Body } from './body.ts';
import { I32, type Operation32 } from './nodes.ts';
import type { Operand, Ref, Type, Val } from './values.ts';

/** Left out of binaryen's own types. */
const { _BinaryenSIMDTernary: ternary, _BinaryenRelaxedNmaddVecF64x2: relaxedNmadd } = binaryen as unknown as {
  _BinaryenSIMDTernary(module: number, operation: number, a: Ref, b: Ref, c: Ref): Ref;
  _BinaryenRelaxedNmaddVecF64x2(): number;
};

export class Expressions extends Body {
  private binary32(operation: Operation32, a: Operand, b: Operand): Val {
    const x = this.val(a);
    const y = this.val(b);
    if (typeof y.constant === 'number') {
      const { fold, keepsByZero } = operation;
      if (typeof x.constant === 'number' && fold) return this.const(fold(x.constant, y.constant));
      if (y.constant === 0 && keepsByZero) return x;
    }
    return this.expr('i32', this.nodes.binary32(operation, this.ref(x), this.ref(y)));
  }
  add = (a: Operand, b: Operand): Val => this.binary32(I32.add, a, b);
  sub = (a: Operand, b: Operand): Val => this.binary32(I32.sub, a, b);
  mul = (a: Operand, b: Operand): Val => this.binary32(I32.mul, a, b);
  and = (a: Operand, b: Operand): Val => this.binary32(I32.and, a, b);
  or = (a: Operand, b: Operand): Val => this.binary32(I32.or, a, b);
  xor = (a: Operand, b: Operand): Val => this.binary32(I32.xor, a, b);
  shl = (a: Operand, b: Operand): Val => this.binary32(I32.shl, a, b);
  shrU = (a: Operand, b: Operand): Val => this.binary32(I32.shrU, a, b);
  shrS = (a: Operand, b: Operand): Val => this.binary32(I32.shrS, a, b);
  rotl = (a: Operand, b: Operand): Val => this.binary32(I32.rotl, a, b);
  rotr = (a: Operand, b: Operand): Val => this.binary32(I32.rotr, a, b);
  eq = (a: Operand, b: Operand): Val => this.binary32(I32.eq, a, b);
  ne = (a: Operand, b: Operand): Val => this.binary32(I32.ne, a, b);
  ltS = (a: Operand, b: Operand): Val => this.binary32(I32.ltS, a, b);
  ltU = (a: Operand, b: Operand): Val => this.binary32(I32.ltU, a, b);
  gtS = (a: Operand, b: Operand): Val => this.binary32(I32.gtS, a, b);
  gtU = (a: Operand, b: Operand): Val => this.binary32(I32.gtU, a, b);
  leS = (a: Operand, b: Operand): Val => this.binary32(I32.leS, a, b);
  leU = (a: Operand, b: Operand): Val => this.binary32(I32.leU, a, b);
  geS = (a: Operand, b: Operand): Val => this.binary32(I32.geS, a, b);
  geU = (a: Operand, b: Operand): Val => this.binary32(I32.geU, a, b);
  divU = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.div_u(this.ref(a), this.ref(b)));
  divS = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.div_s(this.ref(a), this.ref(b)));
  remU = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.rem_u(this.ref(a), this.ref(b)));
  remS = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.rem_s(this.ref(a), this.ref(b)));
  eqz(a: Operand): Val {
    const x = this.val(a);
    if (typeof x.constant === 'number') return this.const(Number(x.constant === 0));
    return this.expr('i32', this.nodes.eqz(this.ref(x)));
  }
  clz = (a: Operand): Val => this.expr('i32', this.module.i32.clz(this.ref(a)));
  ctz = (a: Operand): Val => this.expr('i32', this.module.i32.ctz(this.ref(a)));
  popcnt = (a: Operand): Val => this.expr('i32', this.module.i32.popcnt(this.ref(a)));
  /** Sign-extends the low 8 or 16 bits; 32 passes through. */
  signExtend(a: Operand, bits: number): Val {
    const x = this.val(a);
    if (bits === 32) return x;
    if (typeof x.constant === 'number') return this.const((x.constant << (32 - bits)) >> (32 - bits));
    const op = bits === 8 ? this.module.i32.extend8_s : this.module.i32.extend16_s;
    return this.expr('i32', op(this.ref(x)));
  }
  /** Keeps the low 8 or 16 bits; 32 passes through. */
  zeroExtend(a: Operand, bits: number): Val {
    return bits === 32 ? this.val(a) : this.and(a, bits === 8 ? 0xff : 0xffff);
  }
  /** condition ? yes : no, without a branch; both sides are evaluated. */
  select(condition: Operand, yes: Operand, no: Operand): Val {
    const y = this.val(yes);
    const n = this.val(no);
    const c = this.val(condition);
    if (typeof c.constant === 'number') return c.constant ? y : n;
    const yr = this.ref(y);
    const nr = this.ref(n);
    return this.expr(y.type, this.module.select(this.ref(c), yr, nr));
  }

  // ---- i64, f64, v128 -------------------------------------------------------------------------------------

  /** Any binaryen operation of two operands by name, e.g. op2('i64', 'mul', a, b); compares give i32. */
  op2(type: 'i32' | 'i64' | 'f32' | 'f64', op: string, a: Operand, b: Operand): Val {
    const f = (this.module[type] as unknown as Record<string, (a: Ref, b: Ref) => Ref>)[op]!;
    const compare = /^(eq|ne|lt|gt|le|ge)/.test(op);
    return this.expr(compare ? 'i32' : type, f(this.ref(a, type), this.ref(b, type)));
  }
  /** Any binaryen operation of one operand (convert_u.i64: by path); `result` where it differs from `type`. */
  op1(type: Type, op: string, a: Operand, result: Type = type): Val {
    const group = this.module[type] as unknown as Record<string, unknown>;
    const build = op.split('.').reduce((at, name) => at[name] as Record<string, unknown>, group) as unknown;
    return this.expr(result, (build as (a: Ref) => Ref)(this.ref(a)));
  }
  extend64U = (a: Operand): Val => this.expr('i64', this.module.i64.extend_u(this.ref(a)));
  extend64S = (a: Operand): Val => this.expr('i64', this.module.i64.extend_s(this.ref(a)));
  wrap = (a: Val): Val => this.expr('i32', this.module.i32.wrap(this.ref(a)));

  /** An expression of the operands that `build` makes, for operations that have no name here. */
  make(type: Type, operands: readonly Val[], build: (module: binaryen.Module, ...refs: Ref[]) => Ref): Val {
    return this.expr(type, build(this.module, ...operands.map((operand) => this.ref(operand))));
  }
  /** from − a · b of vectors of doubles: relaxed, see fused.ts. */
  lessProduct(from: Val, a: Val, b: Val): Val {
    return this.make('v128', [from, a, b], (module, x, y, z) =>
      ternary((module as unknown as { ptr: number }).ptr, relaxedNmadd(), y!, z!, x!),
    );
  }
  /** A statement that `build` makes of the operands and that writes memory. */
  effect(operands: readonly Val[], build: (module: binaryen.Module, ...refs: Ref[]) => Ref): void {
    const refs = operands.map((operand) => this.ref(operand));
    this.writes++;
    this.append(build(this.module, ...refs));
  }

  // ---- memory (host addresses) ----------------------------------------------------------------------------

  /** Zero-extended load of 8, 16 or 32 bits. */
  load(address: Operand, bits = 32, offset = 0): Val {
    return this.expr('i32', this.nodes.load32(this.ref(address), bits / 8, offset));
  }
  loadS8 = (address: Operand, offset = 0): Val =>
    this.expr('i32', this.module.i32.load8_s(offset, 1, this.ref(address)));
  store(address: Operand, value: Operand, bits = 32, offset = 0): void {
    const p = this.ref(address);
    const v = this.ref(value);
    this.writes++;
    this.append(this.nodes.store32(p, v, bits / 8, offset));
  }
  /** Load of a whole value of any type. */
  loadAs(type: Type, address: Operand, offset = 0): Val {
    const p = this.ref(address);
    return this.expr(type, this.module[type].load(offset, 1, p));
  }
  storeAs(type: Type, address: Operand, value: Operand, offset = 0): void {
    const p = this.ref(address);
    const v = this.ref(value, type);
    this.writes++;
    this.append(this.module[type].store(offset, 1, p, v));
  }
  /** Host bytes, as by memmove and memset. */
  copyMemory(to: Operand, from: Operand, bytes: Operand): void {
    this.writes++;
    this.append(this.module.memory.copy(this.ref(to), this.ref(from), this.ref(bytes)));
  }
  fillMemory(to: Operand, value: Operand, bytes: Operand): void {
    this.writes++;
    this.append(this.module.memory.fill(this.ref(to), this.ref(value), this.ref(bytes)));
  }
}

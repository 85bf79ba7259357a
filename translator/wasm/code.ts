/**
 * Building WebAssembly functions: a typed, checked face over binaryen. Expressions are values (values.ts);
 * statements are appended in program order. `keep` puts an expression into a fresh local where it must live longer.
 */
import binaryen from 'binaryen';
import { Expressions } from './expressions.ts';
import {
  type Callee,
  type Local,
  NO_TYPE,
  type Operand,
  PAIR,
  paramType,
  type Ref,
  type Result,
  TYPES,
  type Type,
  type Val,
} from './values.ts';

export { type Callee, Local, type Operand, type Place, type Result, type Type, Val } from './values.ts';

/** One arm of Code.switchOver. */
export interface Arm {
  readonly label: string;
  readonly body: () => void;
}

/** The code of one function: expressions, and control flow on top of them. */
export class Code extends Expressions {
  private labels = 0;
  label(prefix = 'L'): string {
    return prefix + this.labels++;
  }

  if(condition: Operand, then: () => void, otherwise?: () => void): void {
    const c = this.val(condition);
    if (typeof c.constant === 'number') {
      if (c.constant) then();
      else otherwise?.();
      return;
    }
    const cond = this.ref(c);
    const yes = this.collect(then);
    const no = otherwise ? this.collect(otherwise) : undefined;
    this.append(this.module.if(cond, yes, no));
  }

  /** The same, giving a value. */
  ifValue(type: Type, condition: Operand, then: () => Operand, otherwise: () => Operand): Val {
    const result = this.newLocal(type);
    this.if(
      condition,
      () => this.set(result, then()),
      () => this.set(result, otherwise()),
    );
    return this.get(result);
  }

  /** A block; `break(label)` jumps to its end. */
  block(label: string, body: () => void): void {
    this.append(this.blockOf(label, this.collectList(body)));
  }

  /**
   * A br_table over arms that follow one another; every arm must end with a jump of its own. There may be thousands:
   * each block is filled after it is made, since binaryen looks through all that a block is made with.
   */
  switchOver(index: Operand, labels: string[], otherwise: string, arms: readonly Arm[]): void {
    let inside = () => this.switch(index, labels, otherwise);
    for (const { label, body } of arms) {
      const block = this.module.block(label, [], NO_TYPE);
      this.fill(block, inside);
      inside = () => {
        this.append(block);
        body();
      };
    }
    inside();
  }

  /** A loop; `break(label)` jumps to its start. */
  loop(label: string, body: () => void): void {
    this.append(this.module.loop(label, this.collect(body)));
  }

  /**
   * A loop that carries no local made inside from one turn to the next. Saying so spares V8 a value to keep and
   * move about for each.
   */
  forgettingLoop(label: string, body: () => void): void {
    const before = this.localTypes.length;
    const list = this.collectList(body);
    const forget = this.localTypes.slice(before).map((type, n) => {
      const index = this.paramTypes.length + before + n;
      return this.module.local.set(index, this.zero(type));
    });
    this.append(this.module.loop(label, this.blockOf(null, [...forget, ...list])));
  }

  private zero(type: Result): Ref {
    if (type === 'i32') return this.module.i32.const(0);
    if (type === 'i64') return this.i64const(0n);
    throw new Error(`no zero of type ${type}`);
  }

  break(label: string, condition?: Operand): void {
    if (condition === undefined) {
      this.append(this.module.br(label));
      return;
    }
    const c = this.val(condition);
    if (typeof c.constant === 'number') {
      if (c.constant) this.append(this.module.br(label));
      return;
    }
    this.append(this.module.br(label, this.ref(c)));
  }

  /** br_table: jumps to labels[index], or to `otherwise`. */
  switch(index: Operand, labels: string[], otherwise: string): void {
    this.append(this.module.switch(labels, otherwise, this.ref(index)));
  }

  return(value?: Operand): void {
    this.append(this.module.return(value === undefined ? undefined : this.ref(value)));
  }

  call(callee: Callee, ...args: Operand[]): Val {
    const called = this.callee(callee, args);
    if (callee.result) return this.keep(this.expr(callee.result, called));
    this.append(called);
    return this.const(0);
  }
  /** The same with the result in a local. */
  setToCall(local: Local, callee: Callee, ...args: Operand[]): void {
    this.set(local, this.expr(local.type, this.callee(callee, args)));
  }
  private callee({ name, params, result }: Callee, args: Operand[]): Ref {
    const refs = args.map((a, i) => this.ref(a, params[i]));
    this.writes++;
    return this.module.call(name, refs, result ? TYPES[result] : NO_TYPE);
  }

  callIndirect(table: string, index: Operand, params: readonly Type[], args: Operand[], result: Type): Val {
    const refs = args.map((a) => this.ref(a));
    const ref = this.module.call_indirect(table, this.ref(index), refs, paramType(params), TYPES[result]);
    this.writes++;
    return this.keep(this.expr(result, ref));
  }

  /** The same for a function that gives a pair. */
  callIndirectPair(table: string, index: Operand, params: readonly Type[], args: Operand[]): [Val, Val] {
    const refs = args.map((a) => this.ref(a));
    const ref = this.module.call_indirect(table, this.ref(index), refs, paramType(params), PAIR);
    this.writes++;
    const pair = this.addLocal('i32 pair');
    this.append(this.module.local.set(pair, ref));
    const part = (n: number) =>
      this.copy(this.expr('i32', this.module.tuple.extract(this.module.local.get(pair, PAIR), n)));
    return [part(0), part(1)];
  }

  returnPair(first: Operand, second: Operand): void {
    this.append(this.module.return(this.module.tuple.make([this.ref(first), this.ref(second)])));
  }

  /** Goes on in another function with the same results, in place of this one. */
  tailCallIndirect(table: string, index: Operand, params: readonly Type[], args: Operand[]): void {
    const refs = args.map((a) => this.ref(a));
    this.append(this.module.return_call_indirect(table, this.ref(index), refs, paramType(params), PAIR));
  }

  drop(value: Val): void {
    if (value.constant !== undefined || value.local !== undefined) return;
    this.append(this.module.drop(this.ref(value)));
  }

  /** Adds one to a counter of the module. */
  increment(counter: string): void {
    const { i64, global } = this.module;
    const old = global.get(counter, binaryen.i64);
    this.append(global.set(counter, i64.add(old, i64.const(1n))));
  }

  /** A constant that is dropped: no other code looks like it, so that a listing finds it again. */
  mark(value: number): void {
    this.append(this.module.drop(this.module.i32.const(value)));
  }
}

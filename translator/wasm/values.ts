/**
 * Values of generated code. An expression that is not a local or a constant may be used once only, and before
 * anything is written that it might read; `take` throws where that does not hold.
 */
import binaryen from 'binaryen';

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
/** What a function may give: one value, or two words at once. */
export type Result = Type | 'i32 pair';
/** Binaryen's handle of an expression. */
export type Ref = binaryen.ExpressionRef;
/** A place in the program whose statements follow later. */
export type Place = Ref;

export const TYPES: Record<Type, binaryen.Type> = {
  i32: binaryen.i32,
  i64: binaryen.i64,
  f32: binaryen.f32,
  f64: binaryen.f64,
  v128: binaryen.v128,
};
export const NO_TYPE = binaryen.none;
export const PAIR = binaryen.createType([binaryen.i32, binaryen.i32]);
export const resultType = (result: Result | undefined): binaryen.Type =>
  result === undefined ? NO_TYPE : result === 'i32 pair' ? PAIR : TYPES[result];

export const paramType = (params: readonly Type[]): binaryen.Type => binaryen.createType(params.map((t) => TYPES[t]));

/** An operand of generated code: a constant, a local, or an expression that is still to be placed. */
export class Val {
  readonly type: Type;
  /** Set for constants (i32 as signed number, i64 as signed bigint). */
  readonly constant: number | bigint | undefined;
  /** Set for locals. */
  readonly local: number | undefined;
  /** The value of `Local.version` when this reading was made; a stale one must not be used. */
  readonly version: number;
  readonly source: Local | undefined;
  /** Number of writes the function had when this expression was built. */
  private readonly writes: number;
  private ref: Ref | undefined;

  constructor(type: Type, at: { constant?: number | bigint; local?: Local; ref?: Ref; writes?: number }) {
    this.type = type;
    this.constant = at.constant;
    this.local = at.local?.index;
    this.source = at.local;
    this.version = at.local?.version ?? 0;
    this.ref = at.ref;
    this.writes = at.writes ?? 0;
  }

  /** Takes the expression out; throws when it was taken before, or when what it reads may have changed. */
  take(writes: number): Ref {
    const ref = this.ref;
    if (ref === undefined) throw new Error('expression used twice: keep() it first');
    if (writes !== this.writes) throw new Error('expression placed after a write: keep() it before');
    this.ref = undefined;
    return ref;
  }
}

/** A mutable wasm local. */
export class Local {
  readonly type: Type;
  readonly index: number;
  /** Counts writes made while building, so that a reading from before a write is caught. */
  version = 0;
  /** Nothing reads it yet, so its next write disturbs no expression. */
  fresh: boolean;
  constructor(type: Type, index: number, fresh: boolean) {
    this.type = type;
    this.index = index;
    this.fresh = fresh;
  }
}

export type Operand = Val | number;

/** A function callable from generated code: an import or a function of the same module. */
export interface Callee {
  readonly name: string;
  readonly params: readonly Type[];
  readonly result: Type | undefined;
}

/**
 * The expressions that code mostly consists of, made by binaryen's C functions. Its JavaScript around these looks up
 * operations by name in an object of thousands, and makes a closure and a copy of the stack pointer for each expression.
 */
import binaryen from 'binaryen';
import { type Ref, TYPES, type Type } from './values.ts';

/** Left out of binaryen's own types. Pointers and names that are not given are 0. */
const {
  _malloc: allocate,
  _BinaryenSizeofLiteral: sizeOfLiteral,
  _BinaryenLiteralInt32: writeLiteral,
  _BinaryenConst: constant,
  _BinaryenLocalGet: localGet,
  _BinaryenLocalSet: localSet,
  _BinaryenBinary: binary,
  _BinaryenUnary: unary,
  _BinaryenLoad: load,
  _BinaryenStore: store,
} = binaryen as unknown as {
  _malloc(bytes: number): number;
  _BinaryenSizeofLiteral(): number;
  _BinaryenLiteralInt32(literal: number, value: number): void;
  _BinaryenConst(module: number, literal: number): Ref;
  _BinaryenLocalGet(module: number, index: number, type: binaryen.Type): Ref;
  _BinaryenLocalSet(module: number, index: number, value: Ref): Ref;
  _BinaryenBinary(module: number, operation: number, a: Ref, b: Ref): Ref;
  _BinaryenUnary(module: number, operation: number, a: Ref): Ref;
  _BinaryenLoad(
    ...parameters: [
      module: number,
      bytes: number,
      signed: boolean,
      offset: number,
      align: number,
      type: binaryen.Type,
      address: Ref,
      memory: number,
    ]
  ): Ref;
  _BinaryenStore(
    ...parameters: [
      module: number,
      bytes: number,
      offset: number,
      align: number,
      address: Ref,
      value: Ref,
      type: binaryen.Type,
      memory: number,
    ]
  ): Ref;
};
const LITERAL = allocate(sizeOfLiteral());
/** The memory of modules that have one. */
const MEMORY = 0;
/** Nothing is known of alignment. */
const ALIGN = 1;

const operationCode = (name: string): number => (binaryen as unknown as Record<string, number>)[`${name}Int32`]!;
const operation = (name: string, fold?: Operation32['fold'], keepsByZero = false): Operation32 => ({
  code: operationCode(name),
  fold,
  keepsByZero,
});

export interface Operation32 {
  readonly code: number;
  /** What it gives on constants. */
  readonly fold: ((a: number, b: number) => number) | undefined;
  /** A zero on the right changes nothing. */
  readonly keepsByZero: boolean;
}
/** Operations on two 32-bit integers, and comparisons of them. */
export const I32 = {
  add: operation('Add', (a, b) => (a + b) | 0, true),
  sub: operation('Sub', (a, b) => (a - b) | 0, true),
  mul: operation('Mul', (a, b) => Math.imul(a, b)),
  and: operation('And', (a, b) => a & b),
  or: operation('Or', (a, b) => a | b, true),
  xor: operation('Xor', (a, b) => a ^ b, true),
  shl: operation('Shl', (a, b) => a << b, true),
  shrU: operation('ShrU', (a, b) => (a >>> b) | 0, true),
  shrS: operation('ShrS', (a, b) => a >> b, true),
  rotl: operation('RotL', undefined, true),
  rotr: operation('RotR', undefined, true),
  eq: operation('Eq', (a, b) => Number(a === b)),
  ne: operation('Ne', (a, b) => Number(a !== b)),
  ltS: operation('LtS', (a, b) => Number(a < b)),
  ltU: operation('LtU', (a, b) => Number(a >>> 0 < b >>> 0)),
  gtS: operation('GtS'),
  gtU: operation('GtU'),
  leS: operation('LeS'),
  leU: operation('LeU'),
  geS: operation('GeS'),
  geU: operation('GeU', (a, b) => Number(a >>> 0 >= b >>> 0)),
} as const;
const EQZ = operationCode('EqZ');

/** Makes expressions of one module. */
export class Nodes {
  readonly #module: number;

  constructor(module: binaryen.Module) {
    this.#module = (module as unknown as { readonly ptr: number }).ptr;
  }

  i32(value: number): Ref {
    writeLiteral(LITERAL, value);
    return constant(this.#module, LITERAL);
  }
  get(local: number, type: Type): Ref {
    return localGet(this.#module, local, TYPES[type]);
  }
  set(local: number, value: Ref): Ref {
    return localSet(this.#module, local, value);
  }
  binary32({ code }: Operation32, a: Ref, b: Ref): Ref {
    return binary(this.#module, code, a, b);
  }
  eqz(a: Ref): Ref {
    return unary(this.#module, EQZ, a);
  }
  /** Zero-extended, where it is shorter than a word. */
  load32(address: Ref, bytes: number, offset: number): Ref {
    return load(this.#module, bytes, false, offset, ALIGN, TYPES.i32, address, MEMORY);
  }
  store32(address: Ref, value: Ref, bytes: number, offset: number): Ref {
    return store(this.#module, bytes, offset, ALIGN, address, value, TYPES.i32, MEMORY);
  }
}

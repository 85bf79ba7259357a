/**
 * Building WebAssembly functions: a typed, checked face over binaryen. Expressions are values; statements are
 * appended in program order. An expression that is not a local or a constant may be used once only, and before
 * anything is written that it might read; `keep` puts it into a fresh local where it must live longer. Breaking
 * either rule throws while building, not at run time.
 */
import binaryen from 'binaryen';

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
/** What a function may give: one value, or two words at once. */
export type Result = Type | 'i32 pair';
type Ref = binaryen.ExpressionRef;
/** A place in the program whose statements follow later. */
export type Place = Ref;

const TYPES: Record<Type, binaryen.Type> = {
  i32: binaryen.i32,
  i64: binaryen.i64,
  f32: binaryen.f32,
  f64: binaryen.f64,
  v128: binaryen.v128,
};
const NO_TYPE = binaryen.none;
/** Left out of binaryen's own types. */
const BLOCK = (binaryen as unknown as { Block: { appendChild(block: Ref, child: Ref): number } }).Block;
const PAIR = binaryen.createType([binaryen.i32, binaryen.i32]);
const resultType = (result: Result | undefined): binaryen.Type =>
  result === undefined ? NO_TYPE : result === 'i32 pair' ? PAIR : TYPES[result];

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

/** One arm of Code.switchOver. */
export interface Arm {
  readonly label: string;
  readonly body: () => void;
}

/** A function callable from generated code: an import or a function of the same module. */
export interface Callee {
  readonly name: string;
  readonly params: readonly Type[];
  readonly result: Type | undefined;
}

const FEATURES =
  binaryen.Features.MutableGlobals |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.SIMD128 |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SignExt |
  binaryen.Features.ReferenceTypes |
  binaryen.Features.Multivalue |
  binaryen.Features.TailCall;

const MEMORY = '0';

/** Bytes for the memory at a host address. */
export interface Data {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** One module under construction; every module imports the shared memory as `env.memory`. */
export class ModuleBuilder {
  readonly module = new binaryen.Module();
  private readonly names: boolean;

  /** With `names`, those given to locals are written too; `data` is what instances put into the memory. */
  constructor(names = false, data: readonly Data[] = []) {
    this.names = names;
    this.module.setFeatures(FEATURES);
    const { i32 } = this.module;
    const segments = data.map((d) => ({ offset: i32.const(d.offset), data: d.bytes, passive: false }));
    this.module.setMemory(1, 65536, null, segments);
    this.module.addMemoryImport(MEMORY, 'env', 'memory');
  }

  importFunction(name: string, base: string, params: readonly Type[], result?: Type, from = 'env'): Callee {
    this.module.addFunctionImport(name, from, base, paramType(params), result ? TYPES[result] : NO_TYPE);
    return { name, params, result };
  }

  importTable(name: string, base: string, initial: number): void {
    this.module.addTable(name, initial, -1);
    this.module.addTableImport(name, 'env', base);
  }

  /** A counter that starts at 0, exported as a global i64: see Code.increment. */
  exportCounter(name: string): void {
    this.module.addGlobal(name, binaryen.i64, true, this.module.i64.const(0n));
    this.module.addGlobalExport(name, name);
  }

  /** A table of this module's own functions, for callIndirect. */
  functionTable(name: string, functions: readonly string[]): void {
    this.module.addTable(name, functions.length, functions.length);
    this.module.addActiveElementSegment(name, `${name}-elements`, functions, this.module.i32.const(0));
  }

  /** Defines a function; `body` appends its statements and may return the result. */
  define(
    name: string,
    params: readonly Type[],
    result: Result | undefined,
    // biome-ignore lint/suspicious/noConfusingVoidType: a body without result simply ends
    body: (code: Code, ...params: Local[]) => Val | undefined | void,
    exported = false,
  ): Callee {
    const code = new Code(this.module, params, this.names);
    const value = body(code, ...code.params);
    code.finish(name, result, value ?? undefined);
    if (exported) this.module.addFunctionExport(name, name);
    return { name, params, result: result === 'i32 pair' ? undefined : result };
  }

  export(callee: Callee): void {
    this.module.addFunctionExport(callee.name, callee.name);
  }

  /** Runs binaryen passes on all functions but the ones named. */
  optimize(passes: string[], except: readonly string[]): void {
    for (let n = 0; n < this.module.getNumFunctions(); n++) {
      const ref = this.module.getFunctionByIndex(n);
      const info = binaryen.getFunctionInfo(ref);
      if (!info.module && !except.includes(info.name)) this.module.runPassesOnFunction(ref, passes);
    }
  }

  emit(): Uint8Array {
    binaryen.setDebugInfo(this.names);
    return this.module.emitBinary();
  }

  text(): string {
    return this.module.emitText();
  }

  dispose(): void {
    this.module.dispose();
  }
}

const paramType = (params: readonly Type[]): binaryen.Type => binaryen.createType(params.map((t) => TYPES[t]));

type Binary32 = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr_u' | 'shr_s' | 'rotl' | 'rotr';
type Compare = 'eq' | 'ne' | 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u' | 'le_s' | 'le_u' | 'ge_s' | 'ge_u';

/** What a 32-bit operation gives on constants. */
const FOLD: Partial<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: (a, b) => Math.imul(a, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr_u: (a, b) => (a >>> b) | 0,
  shr_s: (a, b) => a >> b,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt_s: (a, b) => Number(a < b),
  lt_u: (a, b) => Number(a >>> 0 < b >>> 0),
  ge_u: (a, b) => Number(a >>> 0 >= b >>> 0),
};
/** Operations for which a zero on the right changes nothing. */
const NEUTRAL_ZERO = new Set(['add', 'sub', 'or', 'xor', 'shl', 'shr_u', 'shr_s', 'rotl', 'rotr']);

/** Where binaryen has it; its types say it belongs to a module. */
const FUNCTION = (binaryen as unknown as Pick<binaryen.Module, 'Function'>).Function;

/** The body of one function: a cursor into nested statement lists, plus its locals. */
export class Code {
  readonly module: binaryen.Module;
  readonly params: Local[];
  private readonly paramTypes: readonly Type[];
  private readonly localTypes: Result[] = [];
  private readonly free: Record<Type, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  /** How deep in blocks, loops and conditional code what is built next lies. */
  nesting = 0;
  private statements: Ref[] = [];
  private labels = 0;
  private writes = 0;
  /** Locals whose names are to be written, if any. */
  private readonly named: [Local, string][] | undefined;
  /** Locals made in the innermost scope. */
  private scoped: Local[] = [];

  constructor(module: binaryen.Module, params: readonly Type[] = [], names = false) {
    this.module = module;
    this.named = names ? [] : undefined;
    this.paramTypes = params;
    this.params = params.map((type, index) => new Local(type, index, false));
  }

  // ---- locals and constants -------------------------------------------------------------------------------

  /** A local that keeps its name, and so is never shared. */
  namedLocal(name: string, type: Type = 'i32'): Local {
    this.localTypes.push(type);
    const local = new Local(type, this.paramTypes.length + this.localTypes.length - 1, true);
    this.nameLocal(local, name);
    return local;
  }

  /** What listings call a local. */
  nameLocal(local: Local, name: string): void {
    this.named?.push([local, name]);
  }

  newLocal(type: Type = 'i32'): Local {
    const reused = this.free[type].pop();
    if (reused) {
      reused.fresh = true;
      this.scoped.push(reused);
      return reused;
    }
    this.localTypes.push(type);
    const local = new Local(type, this.paramTypes.length + this.localTypes.length - 1, true);
    this.scoped.push(local);
    return local;
  }

  /**
   * Locals made by `body` are given back at its end: code of which only one part runs shares them. Those whose
   * readings `body` returns are kept; they belong to the caller, who may release() them.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most bodies keep nothing
  scope(body: () => readonly (Val | undefined)[] | void): Local[] {
    const outer = this.scoped;
    this.scoped = [];
    const kept = new Set(body()?.map((value) => value?.source));
    const made = this.scoped;
    this.scoped = outer;
    for (const local of made) if (!kept.has(local)) this.release(local);
    return made.filter((local) => kept.has(local));
  }

  /** Gives a local back for reuse; its readings must not be used any more. */
  release(local: Local): void {
    local.version++;
    this.free[local.type].push(local);
  }

  get(local: Local): Val {
    return new Val(local.type, { local });
  }

  set(local: Local, value: Operand): void {
    const ref = this.ref(value);
    local.version++;
    if (local.fresh) local.fresh = false;
    else this.writes++;
    this.append(this.module.local.set(local.index, ref));
  }

  const(value: number): Val {
    return new Val('i32', { constant: value | 0 });
  }

  const64(value: bigint): Val {
    return new Val('i64', { constant: BigInt.asIntN(64, value) });
  }

  /** Makes a value usable any number of times: constants and current locals as they are, others in a fresh local. */
  keep(value: Operand): Val {
    const v = this.val(value);
    if (v.constant !== undefined || v.local !== undefined) return v;
    return this.copy(v);
  }

  /** A copy in a fresh local: survives later writes to the local it came from. */
  copy(value: Operand): Val {
    const v = this.val(value);
    if (v.constant !== undefined) return v;
    const local = this.newLocal(v.type);
    this.set(local, v);
    return this.get(local);
  }

  // ---- i32 ------------------------------------------------------------------------------------------------

  private binary32(op: Binary32 | Compare, a: Operand, b: Operand): Val {
    const x = this.val(a);
    const y = this.val(b);
    if (typeof y.constant === 'number') {
      const fold = FOLD[op];
      if (typeof x.constant === 'number' && fold) return this.const(fold(x.constant, y.constant));
      if (y.constant === 0 && NEUTRAL_ZERO.has(op)) return x;
    }
    return this.expr('i32', this.module.i32[op](this.ref(x), this.ref(y)));
  }
  add = (a: Operand, b: Operand): Val => this.binary32('add', a, b);
  sub = (a: Operand, b: Operand): Val => this.binary32('sub', a, b);
  mul = (a: Operand, b: Operand): Val => this.binary32('mul', a, b);
  and = (a: Operand, b: Operand): Val => this.binary32('and', a, b);
  or = (a: Operand, b: Operand): Val => this.binary32('or', a, b);
  xor = (a: Operand, b: Operand): Val => this.binary32('xor', a, b);
  shl = (a: Operand, b: Operand): Val => this.binary32('shl', a, b);
  shrU = (a: Operand, b: Operand): Val => this.binary32('shr_u', a, b);
  shrS = (a: Operand, b: Operand): Val => this.binary32('shr_s', a, b);
  rotl = (a: Operand, b: Operand): Val => this.binary32('rotl', a, b);
  rotr = (a: Operand, b: Operand): Val => this.binary32('rotr', a, b);
  eq = (a: Operand, b: Operand): Val => this.binary32('eq', a, b);
  ne = (a: Operand, b: Operand): Val => this.binary32('ne', a, b);
  ltS = (a: Operand, b: Operand): Val => this.binary32('lt_s', a, b);
  ltU = (a: Operand, b: Operand): Val => this.binary32('lt_u', a, b);
  gtS = (a: Operand, b: Operand): Val => this.binary32('gt_s', a, b);
  gtU = (a: Operand, b: Operand): Val => this.binary32('gt_u', a, b);
  leS = (a: Operand, b: Operand): Val => this.binary32('le_s', a, b);
  leU = (a: Operand, b: Operand): Val => this.binary32('le_u', a, b);
  geS = (a: Operand, b: Operand): Val => this.binary32('ge_s', a, b);
  geU = (a: Operand, b: Operand): Val => this.binary32('ge_u', a, b);
  divU = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.div_u(this.ref(a), this.ref(b)));
  divS = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.div_s(this.ref(a), this.ref(b)));
  remU = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.rem_u(this.ref(a), this.ref(b)));
  remS = (a: Operand, b: Operand): Val => this.expr('i32', this.module.i32.rem_s(this.ref(a), this.ref(b)));
  eqz(a: Operand): Val {
    const x = this.val(a);
    if (typeof x.constant === 'number') return this.const(Number(x.constant === 0));
    return this.expr('i32', this.module.i32.eqz(this.ref(x)));
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
  /** A statement that `build` makes of the operands and that writes memory. */
  effect(operands: readonly Val[], build: (module: binaryen.Module, ...refs: Ref[]) => Ref): void {
    const refs = operands.map((operand) => this.ref(operand));
    this.writes++;
    this.append(build(this.module, ...refs));
  }

  // ---- memory (host addresses) ----------------------------------------------------------------------------

  /** Zero-extended load of 8, 16 or 32 bits. */
  load(address: Operand, bits = 32, offset = 0): Val {
    const p = this.ref(address);
    const i32 = this.module.i32;
    if (bits === 8) return this.expr('i32', i32.load8_u(offset, 1, p));
    if (bits === 16) return this.expr('i32', i32.load16_u(offset, 1, p));
    return this.expr('i32', i32.load(offset, 1, p));
  }
  loadS8 = (address: Operand, offset = 0): Val =>
    this.expr('i32', this.module.i32.load8_s(offset, 1, this.ref(address)));
  store(address: Operand, value: Operand, bits = 32, offset = 0): void {
    const p = this.ref(address);
    const v = this.ref(value);
    const i32 = this.module.i32;
    this.writes++;
    if (bits === 8) this.append(i32.store8(offset, 1, p, v));
    else if (bits === 16) this.append(i32.store16(offset, 1, p, v));
    else this.append(i32.store(offset, 1, p, v));
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
  // ---- control --------------------------------------------------------------------------------------------

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
    this.append(this.module.block(label, this.collectList(body), NO_TYPE));
  }

  /**
   * A br_table whose arms follow one another, labels[index] or `otherwise` first; every arm must end with a jump of its
   * own. There may be thousands of them.
   */
  switchOver(index: Operand, labels: string[], otherwise: string, arms: readonly Arm[]): void {
    let nested = this.collectList(() => this.switch(index, labels, otherwise));
    for (const { label, body } of arms) {
      // Filled when made: binaryen looks through all of what a block is made with.
      const block = this.module.block(label, [], NO_TYPE);
      for (const statement of nested) BLOCK.appendChild(block, statement);
      nested = [block, ...this.collectList(body)];
    }
    for (const statement of nested) this.append(statement);
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
    this.append(this.module.loop(label, this.module.block(null as unknown as string, [...forget, ...list], NO_TYPE)));
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
    const refs = args.map((a, i) => this.ref(a, callee.params[i]));
    const type = callee.result;
    const ref = this.module.call(callee.name, refs, type ? TYPES[type] : NO_TYPE);
    this.writes++;
    if (type) return this.keep(this.expr(type, ref));
    this.append(ref);
    return this.const(0);
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
    this.localTypes.push('i32 pair');
    const pair = this.paramTypes.length + this.localTypes.length - 1;
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

  // ---- plumbing -------------------------------------------------------------------------------------------

  /** Appends a finished statement. */
  append(statement: Ref): void {
    this.statements.push(statement);
  }

  /** Runs `body` with an empty statement list and gives what it appended as one expression. */
  collect(body: () => void): Ref {
    const list = this.collectList(body);
    return list.length === 1 ? list[0]! : this.module.block(null as unknown as string, list, NO_TYPE);
  }

  private collectList(body: () => void): Ref[] {
    const outer = this.statements;
    this.statements = [];
    this.nesting++;
    body();
    this.nesting--;
    const list = this.statements;
    this.statements = outer;
    return list;
  }

  placeholder(): Place {
    const place = this.module.block(null as unknown as string, [], NO_TYPE);
    this.append(place);
    return place;
  }

  /** Puts statements into a placeholder. */
  fill(place: Place, body: () => void): void {
    for (const statement of this.collectList(body)) BLOCK.appendChild(place, statement);
  }

  finish(name: string, result: Result | undefined, value?: Val): void {
    const list = this.statements;
    if (value) list.push(this.ref(value));
    else if (result) list.push(this.module.unreachable());
    const type = resultType(result);
    const body = this.module.block(null as unknown as string, list, type);
    const locals = this.localTypes.map(resultType);
    const ref = this.module.addFunction(name, paramType(this.paramTypes), type, locals, body);
    for (const [local, given] of this.named ?? []) FUNCTION.setLocalName(ref, local.index, given);
  }

  val(value: Operand): Val {
    return typeof value === 'number' ? this.const(value) : value;
  }

  private expr(type: Type, ref: Ref): Val {
    return new Val(type, { ref, writes: this.writes });
  }

  /** The binaryen expression of a value, placed here and now; numbers become constants of `type`. */
  ref(value: Operand, type: Type = 'i32'): Ref {
    if (typeof value === 'number') {
      if (type === 'i64') return this.i64const(BigInt(value));
      if (type === 'f64') return this.module.f64.const(value);
      return this.module.i32.const(value | 0);
    }
    if (value.constant !== undefined) {
      return typeof value.constant === 'bigint' ? this.i64const(value.constant) : this.module.i32.const(value.constant);
    }
    if (value.source) {
      if (value.version !== value.source.version) throw new Error('stale reading of a local: copy() it first');
      return this.module.local.get(value.source.index, TYPES[value.type]);
    }
    return value.take(this.writes);
  }

  private i64const(value: bigint): Ref {
    return this.module.i64.const(value);
  }
}

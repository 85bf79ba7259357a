/**
 * The body of a function under construction: a cursor into nested statement lists, and its locals. The rules of
 * values (values.ts) are held here: a reading of a local that has been written since, or an expression that would
 * be placed after a write, throws while building.
 */
import binaryen from 'binaryen';
import { Nodes } from './nodes.ts';
import {
  Local,
  NO_TYPE,
  type Operand,
  type Place,
  paramType,
  type Ref,
  type Result,
  resultType,
  type Type,
  Val,
} from './values.ts';

/** Left out of binaryen's own types, which say that Function belongs to a module. */
const { Block: BLOCK, Function: FUNCTION } = binaryen as unknown as Pick<binaryen.Module, 'Function'> & {
  readonly Block: { appendChild(block: Ref, child: Ref): number };
};

export class Body {
  readonly module: binaryen.Module;
  protected readonly nodes: Nodes;
  readonly params: Local[];
  protected readonly paramTypes: readonly Type[];
  /** Of locals that are not parameters, by index behind them. */
  protected readonly localTypes: Result[] = [];
  private readonly free: Record<Type, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  /** How deep in blocks, loops and conditional code what is built next lies. */
  nesting = 0;
  private statements: Ref[] = [];
  /** Counts what is built that writes memory or a local. */
  protected writes = 0;
  /** Locals whose names are to be written, if any. */
  private readonly named: [Local, string][] | undefined;
  /** Locals made in the innermost scope. */
  private scoped: Local[] = [];

  constructor(module: binaryen.Module, params: readonly Type[] = [], names = false) {
    this.module = module;
    this.nodes = new Nodes(module);
    this.named = names ? [] : undefined;
    this.paramTypes = params;
    this.params = params.map((type, index) => new Local(type, index, false));
  }

  // ---- locals and constants -------------------------------------------------------------------------------

  /** Its wasm index. */
  protected addLocal(type: Result): number {
    this.localTypes.push(type);
    return this.paramTypes.length + this.localTypes.length - 1;
  }

  /** A local that keeps its name, and so is never shared. */
  namedLocal(name: string, type: Type = 'i32'): Local {
    const local = new Local(type, this.addLocal(type), true);
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
    const local = new Local(type, this.addLocal(type), true);
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
    this.append(this.nodes.set(local.index, ref));
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

  // ---- statements -------------------------------------------------------------------------------------------

  /** Appends a finished statement. */
  append(statement: Ref): void {
    this.statements.push(statement);
  }

  /** Runs `body` with an empty statement list and gives what it appended as one expression. */
  collect(body: () => void): Ref {
    const list = this.collectList(body);
    return list.length === 1 ? list[0]! : this.blockOf(null, list);
  }

  /**
   * A block of statements, put in one by one: of a block that is given all at once, binaryen looks through everything
   * for jumps to its end, and so through the whole function for each of the blocks around it.
   */
  protected blockOf(label: string | null, statements: readonly Ref[]): Ref {
    const block = this.module.block(label as string, [], NO_TYPE);
    for (const statement of statements) BLOCK.appendChild(block, statement);
    return block;
  }

  protected collectList(body: () => void): Ref[] {
    const outer = this.statements;
    this.statements = [];
    this.nesting++;
    body();
    this.nesting--;
    const list = this.statements;
    this.statements = outer;
    return list;
  }

  /** A place here that `fill` fills later. */
  placeholder(): Place {
    const place = this.blockOf(null, []);
    this.append(place);
    return place;
  }

  /** Puts statements into a placeholder. */
  fill(place: Place, body: () => void): void {
    for (const statement of this.collectList(body)) BLOCK.appendChild(place, statement);
  }

  /** Adds the function to the module; `value` is what it returns. */
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

  // ---- values ---------------------------------------------------------------------------------------------

  val(value: Operand): Val {
    return typeof value === 'number' ? this.const(value) : value;
  }

  protected expr(type: Type, ref: Ref): Val {
    return new Val(type, { ref, writes: this.writes });
  }

  /** The binaryen expression of a value, placed here and now; numbers become constants of `type`. */
  ref(value: Operand, type: Type = 'i32'): Ref {
    if (typeof value === 'number') {
      if (type === 'i64') return this.i64const(BigInt(value));
      if (type === 'f64') return this.module.f64.const(value);
      return this.nodes.i32(value);
    }
    if (value.constant !== undefined) {
      return typeof value.constant === 'bigint' ? this.i64const(value.constant) : this.nodes.i32(value.constant);
    }
    if (value.source) {
      if (value.version !== value.source.version) throw new Error('stale reading of a local: copy() it first');
      return this.nodes.get(value.source.index, value.type);
    }
    return value.take(this.writes);
  }

  protected i64const(value: bigint): Ref {
    return this.module.i64.const(value);
  }
}

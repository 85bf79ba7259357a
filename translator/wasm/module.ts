/** A module under construction. */
import binaryen from 'binaryen';
import { Code } from './code.ts';
import { type Callee, type Local, NO_TYPE, paramType, type Result, TYPES, type Type, type Val } from './values.ts';

const FEATURES =
  binaryen.Features.MutableGlobals |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.SIMD128 |
  binaryen.Features.RelaxedSIMD |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SignExt |
  binaryen.Features.ReferenceTypes |
  binaryen.Features.Multivalue |
  binaryen.Features.TailCall;

const MEMORY = '0';

/** Bytes for the memory, and their host address. */
export interface Data {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** One module under construction; every module imports the shared memory as `env.memory`. */
export class ModuleBuilder {
  readonly module = new binaryen.Module();
  private readonly names: boolean;

  /** With `names`, those given to locals are written too; `data` is what an instance puts into the memory. */
  constructor(names = false, data: readonly Data[] = []) {
    this.names = names;
    this.module.setFeatures(FEATURES);
    const { i32 } = this.module;
    const segments = data.map(({ at, bytes }) => ({ offset: i32.const(at), data: bytes, passive: false }));
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

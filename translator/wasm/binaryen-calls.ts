/**
 * Binaryen's own calls of function pointers: where C++ might catch an exception, Emscripten makes them through a
 * JavaScript function with try and catch, half a million times while the regions of a boot are written. Nothing is
 * ever thrown there, and a quarter of the time of translating went into these round trips. Here the same functions
 * are made in WebAssembly. An exception would then pass C++'s own handlers and end the translation, as binaryen's
 * fatal errors do anyway.
 */
import { leb, moduleOf, name, Reader, SECTION, section, sections, sized, vector } from './binary.ts';

/** Emscripten's `invoke_…`, also after minifying: saves the stack, and tries table entry (first parameter)(others). */
const INVOKE = /^function [\w$]+\(([\w$]+)(?:,[\w$]+)*\)\{var [\w$]+=[\w$]+\(\);try\{(?:return )?[\w$]+\(\1\)\(/;

const LOCAL_GET = 0x20;
const CALL_INDIRECT = 0x11;
const END = 0x0b;
const FUNCREF = 0x70;
const FUNCTION = 0x60;
/** Kinds of imports and exports. */
const KIND = { function: 0, table: 1 } as const;
const TABLE = 'table';

interface Type {
  readonly params: Uint8Array;
  readonly results: Uint8Array;
}

interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: Type;
}

/** Imports of a module whose types are all functions, and which imports nothing else. Throws for any other. */
const importsOf = (module: Uint8Array): Import[] => {
  const expectByte = (reader: Reader, byte: number): void => {
    if (reader.byte() !== byte) throw new Error('types or imports other than functions');
  };
  let types: Type[] = [];
  for (const { id, at } of sections(module)) {
    const reader = new Reader(module, at);
    if (id === SECTION.type) {
      types = reader.vector(() => {
        expectByte(reader, FUNCTION);
        return { params: reader.sized(), results: reader.sized() };
      });
    }
    if (id === SECTION.import) {
      return reader.vector(() => {
        const from = { module: reader.name(), name: reader.name() };
        expectByte(reader, KIND.function);
        return { ...from, type: types[reader.leb()]! };
      });
    }
  }
  return [];
};

/** A module that exports, by number, a function for each type: calls the entry its first parameter says of its table. */
const callers = (types: readonly Type[]): Uint8Array<ArrayBuffer> =>
  moduleOf(
    section(
      SECTION.type,
      vector(
        types.flatMap(({ params, results }) =>
          [params, params.subarray(1)].map((taken) => [FUNCTION, taken.length, ...taken, results.length, ...results]),
        ),
      ),
    ),
    section(SECTION.function, vector(types.map((_, n) => leb(2 * n)))),
    section(SECTION.table, vector([[FUNCREF, 0, 0]])),
    section(
      SECTION.export,
      vector([[...name(TABLE), KIND.table, 0], ...types.map((_, n) => [...name(`${n}`), KIND.function, ...leb(n)])]),
    ),
    section(
      SECTION.code,
      vector(
        types.map(({ params }, n) => {
          const taken = Array.from(params.subarray(1), (_, k) => [LOCAL_GET, ...leb(k + 1)]).flat();
          return sized([0, ...taken, LOCAL_GET, 0, CALL_INDIRECT, ...leb(2 * n + 1), 0, END]);
        }),
      ),
    ),
  );

export interface Invokes {
  /** What to instantiate the module with. */
  readonly imports: WebAssembly.Imports;
  /** To be called with the instance before it runs: its functions are what is called. */
  connect(instance: WebAssembly.Instance): void;
  /** How many functions have been replaced. */
  readonly count: number;
}

/** Those of the imports that are `invoke_` functions: none where the module is not as expected. */
const invokesOf = (module: Uint8Array, imports: WebAssembly.Imports): Import[] => {
  try {
    return importsOf(module).filter(({ module: from, name }) => INVOKE.test(String(imports[from]?.[name])));
  } catch {
    return [];
  }
};

/** Imports for a module made by Emscripten, with its `invoke_` functions replaced. */
export const quickInvokes = (module: Uint8Array, imports: WebAssembly.Imports): Invokes => {
  const invokes = invokesOf(module, imports);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(callers(invokes.map(({ type }) => type))));
  const replaced: Record<string, WebAssembly.ModuleImports> = { ...imports };
  invokes.forEach(({ module: from, name }, n) => {
    replaced[from] = { ...replaced[from], [name]: exports[n]! };
  });
  return {
    imports: replaced,
    count: invokes.length,
    connect: (instance) => {
      const from = Object.values(instance.exports).find((one) => one instanceof WebAssembly.Table);
      const to = exports[TABLE] as WebAssembly.Table;
      if (!from || !invokes.length) return;
      to.grow(from.length);
      for (let n = 0; n < from.length; n++) to.set(n, from.get(n));
    },
  };
};

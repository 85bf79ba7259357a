/** The TestFloat vectors as guest programs, one loop an operation, in every engine. */
import { describe, expect, it } from 'vitest';
import { type CpuEngine, createCpu } from '../../src/index.ts';
import { FLAG_MASK, testFloatOperations, testFloatVectors, type Vector } from './testfloat.ts';

/** A row of memory a vector: control word, operands, result, status. */
const ROW = { a: 16, b: 32, result: 48, status: 64, size: 80 } as const;
const CODE = 0x1000;
const ROWS = 0x10_0000;
/** Condition codes of the status word. */
const LESS = 0x100;
const EQUAL = 0x4000;
const CONDITIONS = 0x4500;

interface Program {
  readonly code: readonly number[];
  /** Bytes of the result in memory; without, the result is whether one of the conditions holds. */
  readonly bytes?: number;
  readonly conditions?: readonly number[];
}

const LOAD_A = [0xdb, 0x6e, ROW.a];
const LOAD_B = [0xdb, 0x6e, ROW.b];
const STORE_STATUS = [0xdd, 0x7e, ROW.status];
const STORE_EXTENDED = [0xdb, 0x7e, ROW.result];

const binary = (...operation: number[]): Program => ({
  code: [...LOAD_B, ...LOAD_A, ...operation, ...STORE_STATUS, ...STORE_EXTENDED],
  bytes: 10,
});
const unary = (...operation: number[]): Program => ({
  code: [...LOAD_A, ...operation, ...STORE_STATUS, ...STORE_EXTENDED],
  bytes: 10,
});
/** Opcode, and the reg field of ModRM. */
const at = (opcode: number, extension: number, offset: number): number[] => [opcode, 0x46 | (extension << 3), offset];
const load = (opcode: number, extension: number): Program => ({
  code: [...at(opcode, extension, ROW.a), ...STORE_STATUS, ...STORE_EXTENDED],
  bytes: 10,
});
const store = (opcode: number, extension: number, bytes: number): Program => ({
  code: [...LOAD_A, ...at(opcode, extension, ROW.result), ...STORE_STATUS],
  bytes,
});
const FCOM = [0xd8, 0xd1];
const FUCOM = [0xdd, 0xe1];
const compare = (operation: readonly number[], ...conditions: number[]): Program => ({
  code: [...LOAD_B, ...LOAD_A, ...operation, ...STORE_STATUS],
  conditions,
});

const PROGRAMS: Readonly<Record<string, Program>> = {
  extF80_add: binary(0xd8, 0xc1),
  extF80_sub: binary(0xd8, 0xe1),
  extF80_mul: binary(0xd8, 0xc9),
  extF80_div: binary(0xd8, 0xf1),
  // fprem1; fnstsw ax; sahf; jp to FPREM1 while C2 says that there is more to do
  extF80_rem: binary(0xd9, 0xf5, 0xdf, 0xe0, 0x9e, 0x7a, 0xf9),
  extF80_sqrt: unary(0xd9, 0xfa),
  extF80_roundToInt: unary(0xd9, 0xfc),
  extF80_to_f32: store(0xd9, 3, 4),
  extF80_to_f64: store(0xdd, 3, 8),
  extF80_to_i32: store(0xdb, 3, 4),
  extF80_to_i64: store(0xdf, 7, 8),
  f32_to_extF80: load(0xd9, 0),
  f64_to_extF80: load(0xdd, 0),
  i32_to_extF80: load(0xdb, 0),
  i64_to_extF80: load(0xdf, 5),
  extF80_eq: compare(FUCOM, EQUAL),
  extF80_eq_signaling: compare(FCOM, EQUAL),
  extF80_le: compare(FCOM, LESS, EQUAL),
  extF80_le_quiet: compare(FUCOM, LESS, EQUAL),
  extF80_lt: compare(FCOM, LESS),
  extF80_lt_quiet: compare(FUCOM, LESS),
};

/** fninit; fldcw [esi]; the operation; add esi, row; dec ecx; jnz to the first; hlt */
const loop = (operation: readonly number[]): Uint8Array => {
  const body = [0xdb, 0xe3, 0xd9, 0x2e, ...operation, 0x83, 0xc6, ROW.size, 0x49];
  const back = -(body.length + 6);
  return Uint8Array.from([...body, 0x0f, 0x85, ...[0, 8, 16, 24].map((n) => (back >> n) & 0xff), 0xf4]);
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex').reverse());
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex').toUpperCase();

const rowsOf = (vectors: readonly Vector[]): Uint8Array => {
  const rows = new Uint8Array(vectors.length * ROW.size);
  for (const [n, { control, operands }] of vectors.entries()) {
    const row = rows.subarray(n * ROW.size);
    row.set([control & 0xff, control >> 8]);
    for (const [index, operand] of operands.entries()) row.set(bytesOf(operand), ROW.a + index * (ROW.b - ROW.a));
  }
  return rows;
};

/** Result and exceptions that the program left in a row. */
const outcomeOf = (row: Uint8Array, { bytes, conditions = [] }: Program): { got: string; raised: number } => {
  const status = row[ROW.status]! | (row[ROW.status + 1]! << 8);
  const holds = conditions.includes(status & CONDITIONS) ? '1' : '0';
  const got = bytes ? hexOf(row.subarray(ROW.result, ROW.result + bytes)) : holds;
  return { got, raised: status & FLAG_MASK };
};

/** Lines of the vectors that came out otherwise. */
const wrongIn = async (engine: CpuEngine, name: string, vectors: readonly Vector[]): Promise<string[]> => {
  const program = PROGRAMS[name]!;
  const rows = rowsOf(vectors);
  const cpu = await createCpu({ engine, memory: (ROWS + rows.length + 0xffff) & -0x1_0000 });
  cpu.enterFlatMode(0);
  cpu.load(ROWS, rows);
  cpu.load(CODE, loop(program.code));
  Object.assign(cpu.registers, { eip: CODE, esi: ROWS, ecx: vectors.length });
  expect(cpu.run()).toBe('halt');
  const wrong = vectors.flatMap(({ line, result, flags }, n) => {
    const { got, raised } = outcomeOf(cpu.memory.subarray(ROWS + n * ROW.size), program);
    return got === result && raised === flags ? [] : [`${line} → ${got} ${raised.toString(16)}`];
  });
  await cpu.close();
  return wrong;
};

const operations = testFloatOperations();
const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'single'];

describe.skipIf(!operations).each(ENGINES)('TestFloat vectors (%s)', (engine) => {
  it.each(operations ?? [])('%s', async (name) => {
    const vectors = testFloatVectors(name);
    const wrong = await wrongIn(engine, name, vectors);
    expect(vectors.length).toBeGreaterThan(100);
    expect(wrong.slice(0, 10), `${wrong.length} of ${vectors.length} wrong`).toEqual([]);
  });
});

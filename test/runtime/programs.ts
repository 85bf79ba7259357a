/** Small programs, run in pieces by one engine and another. */
import type { Processor } from '../../runtime/processor.ts';
import type { EngineOptions } from '../../src/machine/api.ts';
import { GPR_NAMES, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const STACK = CODE + 0x3000;
export const DATA = CODE + 0x2000;
export const HLT = 0xf4;

/** Each has EIP at its first byte, ECX as a count, and ends with HLT. */
export interface Program {
  readonly code: readonly number[];
  /** Doublewords at DATA. */
  readonly data?: readonly number[];
  readonly count: number;
}

export const dword = (value: number): number[] => [
  value & 0xff,
  (value >> 8) & 0xff,
  (value >> 16) & 0xff,
  value >>> 24,
];

/** Code in parts, by offset. */
export const at = (...parts: readonly (readonly [number, readonly number[]])[]): number[] => {
  const code = new Array<number>(0x200).fill(HLT);
  for (const [where, bytes] of parts) code.splice(where, bytes.length, ...bytes);
  return code;
};

export const stateOf = (processor: Processor): Record<string, number> => {
  const { state } = processor;
  const registers = Object.fromEntries(GPR_NAMES.map((name, n) => [name, state.gpr(n) >>> 0]));
  return { ...registers, eip: state.get(STATE.eip), flags: processor.readEflags(), executed: processor.instructions };
};

export const begin = async ({ code, data = [], count }: Program, engine: EngineOptions): Promise<Processor> => {
  const processor = await flatProcessor(true, code, {}, {}, engine);
  const { state } = processor;
  new Uint32Array(state.ram.buffer, state.ram.byteOffset + DATA, data.length).set(data);
  state.set(STATE.gpr + GPR_NAMES.indexOf('ecx') * 4, count);
  state.set(STATE.gpr + GPR_NAMES.indexOf('esp') * 4, STACK);
  return processor;
};

/** In pieces, each of which ends with a sample. */
export const finish = (processor: Processor) => {
  for (let n = 0; n < 1000; n++) if (processor.run(97) === 'halt') return stateOf(processor);
  throw new Error('the program does not end');
};

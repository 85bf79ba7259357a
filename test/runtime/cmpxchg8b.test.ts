/** CMPXCHG8B, which generated code does in every engine. SDM vol. 2. */
import { describe, expect, it } from 'vitest';
import { EFLAGS, GPR_NAMES, RAM, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const DATA = CODE + 0x1000;
/** CMPXCHG8B [DATA]; HLT */
const EXCHANGE = [0x0f, 0xc7, 0x0d, DATA & 0xff, (DATA >> 8) & 0xff, (DATA >> 16) & 0xff, DATA >>> 24, 0xf4];
const LOCK = 0xf0;

const run = async (jit: boolean, program: readonly number[], eax: number) => {
  const processor = await flatProcessor(jit, [...program], {});
  const { state } = processor;
  const values = { eax, ebx: 0x33, ecx: 0x44, edx: 0x22 };
  for (const [name, value] of Object.entries(values))
    state.set(STATE.gpr + GPR_NAMES.indexOf(name as 'eax') * 4, value);
  const memory = new DataView(state.buffer, RAM + DATA, 8);
  memory.setUint32(0, 0x11, true);
  memory.setUint32(4, 0x22, true);
  processor.run(10);
  return {
    pair: [state.gpr(0), state.gpr(2)],
    memory: [memory.getUint32(0, true), memory.getUint32(4, true)],
    zero: (processor.readEflags() & EFLAGS.ZF) !== 0,
  };
};

describe.each([
  ['the interpreter', false],
  ['a region', true],
])('CMPXCHG8B in %s', (_, jit) => {
  it.each([
    ['alone', EXCHANGE],
    ['with LOCK', [LOCK, ...EXCHANGE]],
  ])('exchanges on equality, loads otherwise, %s', async (_name, program) => {
    expect(await run(jit, program, 0x11)).toEqual({ pair: [0x11, 0x22], memory: [0x33, 0x44], zero: true });
    expect(await run(jit, program, 0x10)).toEqual({ pair: [0x11, 0x22], memory: [0x11, 0x22], zero: false });
  });
});

/** The interpreter looks at what follows before an instruction is done: that must not show where it is written meanwhile. */
import { describe, expect, it } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';
import { littleEndian } from '../support/encode.ts';

const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'single', 'wide', 'patient'];
const MEMORY = 0x2_0000;
const CODE = 0x8000;
const UD = 6;
const END = [0x0f, 0x0b];
const INC_EAX = 0x40;
const INC_ECX = 0x41;

/** Instructions of one store each, of INC ECX over the instruction behind them; EBX, EDX and EDI as `prepared` has them. */
const STORES: readonly (readonly [name: string, code: (next: number) => number[]])[] = [
  ['mov [ebx], edx', () => [0x89, 0x13]],
  ['mov [ebx + 8], edx', () => [0x89, 0x53, 8]],
  ['mov [ebx + 80000000h], edx', () => [0x89, 0x93, ...littleEndian(0x8000_0000)]],
  ['mov [ebx + esi], dl', () => [0x88, 0x14, 0x33]],
  ['mov byte [next], imm', (next) => [0xc6, 0x05, ...littleEndian(next), INC_ECX]],
  ['mov [next], al', (next) => [0xa2, ...littleEndian(next)]],
  ['xchg [ebx], edx', () => [0x87, 0x13]],
  ['add [ebx], ebp', () => [0x01, 0x2b]],
  ['inc byte [ebx]', () => [0xfe, 0x03]],
  ['stosb', () => [0xaa]],
  ['push edx', () => [0x52]],
];

/** Where the operand of a store lies from EBX. */
const displacementOf = (name: string): number => (name.includes('+ 8]') ? 8 : name.includes('8000') ? 0x8000_0000 : 0);

const run = (cpu: BareCpu, eip: number): void => {
  cpu.registers.eip = eip;
  expect(cpu.run({ instructions: 100, fault: true })).toBe('fault');
  expect(cpu.fault?.vector).toBe(UD);
};

describe.each(ENGINES)('%s', (engine) => {
  it.each(STORES)('%s is seen by the instruction behind it', async (name, code) => {
    const cpu = await createCpu({ engine, memory: MEMORY });
    cpu.enterFlatMode(0);
    const { registers } = cpu;
    const next = CODE + code(0).length;
    for (const round of [1, 2]) {
      cpu.load(CODE, Uint8Array.of(...code(next), INC_EAX, ...END, 0x90));
      registers.ebx = (next - displacementOf(name)) >>> 0;
      registers.edi = next;
      registers.esi = 0;
      registers.esp = next + 4;
      registers.edx = INC_ECX | (END[0]! << 8) | (END[1]! << 16);
      registers.ebp = 1;
      registers.eax = INC_ECX;
      registers.ecx = 0;
      run(cpu, CODE);
      expect([round, registers.ecx, registers.eax]).toEqual([round, 1, INC_ECX]);
    }
    await cpu.close();
  });

  it('runs the last byte of memory', async () => {
    const cpu = await createCpu({ engine, memory: MEMORY });
    cpu.enterFlatMode(0);
    const last = MEMORY - 1;
    // jmp last; and there inc ecx. What lies behind is not memory.
    cpu.load(last - 5, Uint8Array.of(0xe9, 0, 0, 0, 0, INC_ECX));
    cpu.registers.ecx = 0;
    cpu.registers.eip = last - 5;
    cpu.run({ instructions: 2, fault: true });
    expect([cpu.registers.ecx, cpu.registers.eip]).toEqual([1, MEMORY]);
    cpu.load(0x100, Uint8Array.of(0xe9, ...littleEndian(last - 0x105)));
    cpu.registers.eip = 0x100;
    cpu.run({ instructions: 2, fault: true });
    expect([cpu.registers.ecx, cpu.registers.eip]).toEqual([2, MEMORY]);
    await cpu.close();
  });
});

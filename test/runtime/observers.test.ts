/** What an observer is told, in whatever engine the program started. */
import { describe, expect, test } from 'vitest';
import type { Observer } from '../../runtime/observers.ts';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const DATA = 0x2000;
/** A page further on, which code in CODE's page calls. */
const CALLEE = 0x3000;

/** mov ecx, 3; again: call CALLEE; dec ecx; jnz again; jmp $ */
const PROGRAM = [0xb9, 3, 0, 0, 0, 0xe8, 0xf6, 0x1f, 0, 0, 0x49, 0x75, 0xf8, 0xeb, 0xfe];
/** inc dword [DATA]; mov esi, DATA; lodsb; ret */
const FUNCTION = [0xff, 0x05, 0, 0x20, 0, 0, 0xbe, 0, 0x20, 0, 0, 0xac, 0xc3];

const processor = async (jit: boolean): Promise<Processor> => {
  const cpu = await flatProcessor(jit, PROGRAM);
  cpu.state.ram.set(FUNCTION, CALLEE);
  cpu.state.setGpr(4, 0x8000);
  return cpu;
};

const NOBODY: Observer = {
  watchesCode: () => false,
  watchesData: () => false,
  onFetch: () => false,
  onAccess: () => {},
};

describe.each([false, true])('an observer (translator: %s)', (jit) => {
  test('sees each instruction of its pages, and none of others', async () => {
    const cpu = await processor(jit);
    cpu.run(1000);
    const seen: number[] = [];
    cpu.observers.add({
      ...NOBODY,
      watchesCode: (page) => page === CALLEE >> 12,
      onFetch: (linear) => {
        seen.push(linear - CALLEE);
        return false;
      },
    });
    cpu.state.set(STATE.eip, CODE);
    cpu.run(1000);
    expect(seen).toEqual([0, 6, 11, 12, 0, 6, 11, 12, 0, 6, 11, 12]);
  });

  test('ends the run before an instruction, each time it is met', async () => {
    const cpu = await processor(jit);
    cpu.observers.add({
      ...NOBODY,
      watchesCode: (page) => page === CALLEE >> 12,
      onFetch: (linear) => linear === CALLEE + 6,
    });
    expect(cpu.run(1000)).toBe('host');
    expect(cpu.state.get(STATE.eip)).toBe(CALLEE + 6);
    expect(cpu.state.ram[DATA]).toBe(1);
    expect(cpu.instructions).toBe(3);
    // Nothing has been executed, so nothing changes by trying again.
    expect(cpu.run(1000)).toBe('host');
    expect(cpu.instructions).toBe(3);
  });

  test('sees reads and writes of its pages, string instructions too', async () => {
    const cpu = await processor(jit);
    cpu.run(1000);
    const seen: [number, number, boolean][] = [];
    const observer: Observer = {
      ...NOBODY,
      watchesData: (page) => page === DATA >> 12,
      onAccess: (...access) => seen.push(access),
    };
    cpu.observers.add(observer);
    cpu.state.set(STATE.eip, CODE);
    cpu.run(1000);
    const round = [
      [DATA, 4, false],
      [DATA, 4, true],
      [DATA, 1, false],
    ];
    expect(seen).toEqual([...round, ...round, ...round]);
    expect(cpu.state.ram[DATA]).toBe(6);
    seen.length = 0;
    cpu.observers.remove(observer);
    cpu.state.set(STATE.eip, CODE);
    cpu.run(1000);
    expect(seen).toEqual([]);
    expect(cpu.state.ram[DATA]).toBe(9);
  });

  test('sees each element of a repeated string instruction', async () => {
    // mov edi, DATA; mov ecx, 3; rep stosd; jmp $
    const cpu = await flatProcessor(jit, [0xbf, 0, 0x20, 0, 0, 0xb9, 3, 0, 0, 0, 0xf3, 0xab, 0xeb, 0xfe]);
    const seen: number[] = [];
    cpu.observers.add({
      ...NOBODY,
      watchesData: (page) => page === DATA >> 12,
      onAccess: (linear, bytes, write) => seen.push(linear, bytes, Number(write)),
    });
    cpu.run(100);
    expect(seen).toEqual([DATA, 4, 1, DATA + 4, 4, 1, DATA + 8, 4, 1]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu, UserError } from '../../src/index.ts';

const CODE = 0x4000;
const MEMORY = 1 << 20;

describe.each<CpuEngine>(['interpreter', 'translator', 'single', 'wide', 'patient'])('a bare CPU (%s)', (engine) => {
  let cpu: BareCpu;
  beforeEach(async () => {
    cpu = await createCpu({ engine, memory: MEMORY });
  });
  afterEach(() => cpu.close());

  /** Flat 32-bit code at CODE. */
  const program = (...code: number[]): void => {
    cpu.enterFlatMode(0);
    cpu.load(CODE, Uint8Array.from(code));
    cpu.registers.eip = CODE;
    cpu.registers.esp = 0x8000;
  };

  test('starts as after RESET', () => {
    expect(cpu.registers.eip).toBe(0xfff0);
    expect(cpu.segment('cs')).toMatchObject({ selector: 0xf000, base: 0xffff_0000, limit: 0xffff });
    expect(cpu.registers.eflags).toBe(2);
    expect(cpu.memory.length).toBe(MEMORY);
  });

  test('runs to a HLT, and values are unsigned', () => {
    program(0xb8, 0xff, 0xff, 0xff, 0xff, 0xf4);
    expect(cpu.run()).toBe('halt');
    expect(cpu.registers.eax).toBe(0xffff_ffff);
    expect(cpu.registers.eip).toBe(CODE + 6);
  });

  test('steps, and counts instructions', () => {
    program(0x40, 0x40, 0x40, 0xf4);
    expect(cpu.step()).toBe('count');
    expect([cpu.registers.eax, cpu.registers.eip]).toEqual([1, CODE + 1]);
    expect(cpu.run({ instructions: 2 })).toBe('count');
    expect([cpu.registers.eax, cpu.registers.eip]).toEqual([3, CODE + 3]);
  });

  test.each([0, 3] as const)('stops before an address at CPL %d and leaves no trace there', (privilege) => {
    program(0x40, 0x43, 0xeb, 0xfc);
    cpu.enterFlatMode(privilege);
    expect(cpu.run({ address: CODE + 1 })).toBe('address');
    expect([cpu.registers.eax, cpu.registers.ebx, cpu.registers.eip]).toEqual([1, 0, CODE + 1]);
    expect(cpu.fault).toBeUndefined();
    expect(cpu.memory[CODE + 1]).toBe(0x43);
    cpu.step();
    expect(cpu.run({ address: CODE + 1 })).toBe('address');
    expect([cpu.registers.eax, cpu.registers.ebx]).toEqual([2, 1]);
  });

  test('stops at an exception instead of delivering it', () => {
    program(0x40, 0x0f, 0x0b);
    expect(cpu.run({ fault: true })).toBe('fault');
    expect(cpu.fault).toEqual({ vector: 6, code: undefined });
    expect(cpu.registers.eip).toBe(CODE + 1);
  });

  test('shuts down without an IDT, until it is reset', () => {
    program(0x0f, 0x0b);
    // Descriptors that are not present.
    expect(cpu.run()).toBe('shutdown');
    cpu.reset();
    expect(cpu.registers.cr0 & 1).toBe(0);
    program(0xf4);
    expect(cpu.run()).toBe('halt');
  });

  test('code that has run is replaced by load()', () => {
    program(0x40, 0xf4);
    cpu.run();
    cpu.reset();
    program(0x48, 0xf4);
    expect(cpu.run()).toBe('halt');
    expect(cpu.registers.eax).toBe(0xffff_ffff);
  });

  test.each(['cr0', 'cr3', 'cr4'] as const)('%s, set last, finds the page directory pointers of PAE', (last) => {
    const [pointers, directory, alone] = [0x1000, 0x2000, 0x3000];
    // mov eax, [4000_5000h]
    program(0xa1, 0x00, 0x50, 0x00, 0x40);
    cpu.load(0x5000, Uint8Array.of(42));
    // Both of the first two gigabytes are RAM's 2 MB; of the second table's, the first alone.
    const pointer = [1, directory >> 8, 0, 0, 0, 0, 0, 0];
    cpu.load(pointers, Uint8Array.of(...pointer, ...pointer));
    cpu.load(alone, Uint8Array.from(pointer));
    cpu.load(directory, Uint8Array.of(0x83));
    const { [last]: value, ...others } = { cr0: 0x8000_0011, cr3: pointers, cr4: 0x20 };
    Object.assign(cpu.registers, others, { [last]: value });
    expect(cpu.run({ instructions: 1 })).toBe('count');
    expect(cpu.registers.eax).toBe(42);
    cpu.registers.cr3 = alone;
    cpu.registers.eip = CODE;
    expect(cpu.run({ fault: true })).toBe('fault');
    expect(cpu.fault).toEqual({ vector: 14, code: 0 });
    expect(cpu.registers.cr2).toBe(0x4000_5000);
  });
});

describe('createCpu', () => {
  test('without a board ports read as all ones', async () => {
    const cpu = await createCpu({ engine: 'interpreter', memory: MEMORY });
    cpu.enterFlatMode(0);
    cpu.load(CODE, Uint8Array.of(0xe4, 0x80, 0xf4));
    cpu.registers.eip = CODE;
    cpu.run();
    expect(cpu.registers.eax).toBe(0xff);
  });

  test('refuses what is wrong', async () => {
    await expect(createCpu({ engine: 'magic' as CpuEngine })).rejects.toThrow(UserError);
    await expect(createCpu({ memory: 1000 })).rejects.toThrow(/^memory: /);
    await expect(createCpu({ memory: 0 })).rejects.toThrow(UserError);
  });
});

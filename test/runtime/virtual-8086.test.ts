/** IF, VIF and INT n in virtual-8086 mode, with and without CR4.VME; CLI and STI with CR4.PVI. */
import { describe, expect, it } from 'vitest';
import { CS, EFLAGS, STATE, TR } from '../../translator/layout.ts';
import { type FlatCpu, protectedMode, TSS, virtual8086 } from './flat-cpu.ts';

const VME = 1;
const PVI = 2;
const SS_BASE = 0x1_0020;
/** Where the I/O map lies in the TSS, behind the redirection bitmap. */
const IO_MAP = 0x88;
const VECTOR = 0x21;

/** A program at IOPL 0 under VME, its TSS long enough for the bitmap, which is `bits` for VECTOR. */
const confined = (redirected = true, iopl = 0): FlatCpu => {
  const cpu = virtual8086(iopl);
  cpu.state.set(STATE.cr4, VME);
  cpu.state.setSegment(TR, 0x28, TSS, 0x200, 0x8b);
  cpu.memory.write16(TSS + 0x66, IO_MAP);
  cpu.memory.write8(TSS + IO_MAP - 32 + (VECTOR >> 3), redirected ? 0 : 1 << (VECTOR & 7));
  cpu.words(VECTOR * 4, 0x2000_1234);
  cpu.state.setGpr(4, 0x800);
  return cpu;
};
const flags = (cpu: FlatCpu): number => cpu.state.get(STATE.eflags);
const add = (cpu: FlatCpu, bits: number): void => cpu.writeEflags(flags(cpu) | bits);
const top = (cpu: FlatCpu, index = 0): number => cpu.memory.read16(SS_BASE + cpu.state.gpr(4) + 2 * index);
const push = (cpu: FlatCpu, ...words: number[]): void =>
  words.forEach((word, n) => {
    cpu.memory.write16(SS_BASE + cpu.state.gpr(4) + 2 * n, word);
  });

const WORD = { operandSize: 16 } as const;
const INT = { immediate: VECTOR } as const;

describe('without VME', () => {
  it.each(['cli', 'sti', 'pushf', 'popf', 'iret', 'int'])('%s is for the monitor', (name) => {
    expect(virtual8086(0).faultOf(name, WORD)).toBe('13(0)');
  });
});

describe('with VME and IOPL below 3', () => {
  it('CLI and STI change VIF and leave IF', () => {
    const cpu = confined();
    cpu.run('sti');
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.IF)).toBe(EFLAGS.VIF | EFLAGS.IF);
    cpu.run('cli');
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.IF)).toBe(EFLAGS.IF);
  });

  it('STI faults while VIP is set', () => {
    const cpu = confined();
    add(cpu, EFLAGS.VIP);
    expect(cpu.faultOf('sti')).toBe('13(0)');
  });

  it('PUSHF shows VIF as IF, and IOPL 3', () => {
    const cpu = confined();
    cpu.run('pushf', WORD);
    expect(top(cpu)).toBe(0x3002);
    add(cpu, EFLAGS.VIF);
    cpu.run('pushf', WORD);
    expect(top(cpu)).toBe(0x3202);
  });

  it('POPF sets VIF, and leaves IF and IOPL', () => {
    const cpu = confined();
    push(cpu, 0x3200 | EFLAGS.CF);
    cpu.run('popf', WORD);
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.IF | EFLAGS.IOPL)).toBe(EFLAGS.VIF | EFLAGS.IF);
    expect(cpu.readEflags() & EFLAGS.CF).toBe(EFLAGS.CF);
    push(cpu, 0);
    cpu.run('popf', WORD);
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.IF)).toBe(EFLAGS.IF);
  });

  it.each([
    ['TF', EFLAGS.TF, 0],
    ['IF while VIP is set', EFLAGS.IF, EFLAGS.VIP],
  ])('POPF and IRET of %s are for the monitor, and change nothing', (_, image, before) => {
    for (const name of ['popf', 'iret']) {
      const cpu = confined();
      add(cpu, before);
      push(cpu, ...(name === 'iret' ? [0x10, 0x20] : []), image);
      expect(cpu.faultOf(name, WORD)).toBe('13(0)');
      expect(cpu.state.gpr(4)).toBe(0x800);
    }
  });

  it.each(['pushf', 'popf', 'iret'])('%s of 32 bits is for the monitor', (name) => {
    expect(confined().faultOf(name)).toBe('13(0)');
  });

  it('IRET returns with VIF', () => {
    const cpu = confined();
    push(cpu, 0x777, 0x2222, EFLAGS.IF);
    cpu.run('iret', WORD);
    expect([cpu.eip, cpu.state.selector(CS)]).toEqual([0x777, 0x2222]);
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.VM)).toBe(EFLAGS.VIF | EFLAGS.VM);
  });

  it('INT n calls the handler of the program where the bitmap says so', () => {
    const cpu = confined();
    add(cpu, EFLAGS.VIF);
    cpu.run('int', INT);
    expect([cpu.eip, cpu.state.selector(CS), cpu.state.segBase(CS)]).toEqual([0x1234, 0x2000, 0x2_0000]);
    expect([top(cpu, 0), top(cpu, 1), top(cpu, 2)]).toEqual([0x502, 0x1001, 0x3202]);
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.IF | EFLAGS.VM)).toBe(EFLAGS.IF | EFLAGS.VM);
  });

  it('INT n is for the monitor where the bitmap says so, or is not there', () => {
    expect(confined(false).faultOf('int', INT)).toBe('13(0)');
    const cpu = confined();
    cpu.state.setSegment(TR, 0x28, TSS, IO_MAP - 32, 0x8b);
    expect(cpu.faultOf('int', INT)).toBe('13(0)');
  });
});

it('with VME and IOPL 3, a redirected INT n clears IF and pushes the flags as they are', () => {
  const cpu = confined(true, 3);
  cpu.run('int', INT);
  expect([cpu.eip, top(cpu, 2)]).toEqual([0x1234, 0x3202]);
  expect(flags(cpu) & (EFLAGS.IF | EFLAGS.VM)).toBe(EFLAGS.VM);
});

describe('with PVI at level 3', () => {
  it('CLI and STI change VIF; STI faults while VIP is set', () => {
    const cpu = protectedMode(3);
    cpu.state.set(STATE.cr4, PVI);
    cpu.run('sti');
    expect(flags(cpu) & EFLAGS.VIF).toBe(EFLAGS.VIF);
    cpu.run('cli');
    expect(flags(cpu) & (EFLAGS.VIF | EFLAGS.IF)).toBe(EFLAGS.IF);
    add(cpu, EFLAGS.VIP);
    expect(cpu.faultOf('sti')).toBe('13(0)');
  });

  it('needs PVI', () => {
    expect(protectedMode(3).faultOf('sti')).toBe('13(0)');
  });
});

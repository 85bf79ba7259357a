import { describe, expect, it } from 'vitest';
import { checkDataBreakpoints, checkExecuteBreakpoints } from '../../runtime/debug.ts';
import { EFLAGS, REQUEST, STATE } from '../../translator/layout.ts';
import { type FlatCpu, faultOf, protectedMode, registers } from './flat-cpu.ts';

const EAX = 0;
const WRITE = 1;
const READ_WRITE = 3;

const write = (cpu: FlatCpu, index: number, value: number): void => {
  cpu.state.setGpr(EAX, value);
  cpu.run('movToDr', { modrm: registers(index, EAX) });
};
const read = (cpu: FlatCpu, index: number): number => {
  cpu.run('movFromDr', { modrm: registers(index, EAX) });
  return cpu.state.gpr(EAX) >>> 0;
};
/** One breakpoint in DR1, locally enabled; `length` as in DR7: bytes - 1. */
const breakpoint = (address: number, condition: number, length: number): FlatCpu => {
  const cpu = protectedMode();
  write(cpu, 1, address);
  write(cpu, 7, 4 | (condition << 20) | (length << 22));
  return cpu;
};

describe('MOV DR', () => {
  it('has fixed bits in DR6 and DR7, and DR4 and DR5 as their names', () => {
    const cpu = protectedMode();
    write(cpu, 6, 0);
    write(cpu, 7, 0);
    expect([read(cpu, 6), read(cpu, 7), read(cpu, 4), read(cpu, 5)]).toEqual([0xffff_0ff0, 0x400, 0xffff_0ff0, 0x400]);
    cpu.state.set(STATE.cr4, 8);
    expect(cpu.faultOf('movFromDr', { modrm: registers(4, EAX) })).toBe('6');
  });

  it('is guarded by GD, which the fault clears', () => {
    const cpu = protectedMode();
    write(cpu, 7, 1 << 13);
    expect(cpu.faultOf('movFromDr', { modrm: registers(0, EAX) })).toBe('1');
    expect(read(cpu, 6) & (1 << 13)).not.toBe(0);
    expect(read(cpu, 7)).toBe(0x400);
    expect(protectedMode(3).faultOf('movFromDr', { modrm: registers(0, EAX) })).toBe('13(0)');
  });
});

describe('breakpoints', () => {
  it('stop before an instruction, once RF is spent', () => {
    const cpu = breakpoint(0x1234, 0, 0);
    expect(faultOf(() => checkExecuteBreakpoints(cpu, 0x1235))).toBe('none');
    cpu.writeEflags(0x202 | EFLAGS.RF);
    expect(faultOf(() => checkExecuteBreakpoints(cpu, 0x1234))).toBe('none');
    expect(faultOf(() => checkExecuteBreakpoints(cpu, 0x1234))).toBe('1');
    expect(read(cpu, 6) & 0xf).toBe(2);
  });

  it.each([
    ['a write to the first byte', WRITE, 3, 0x1000, 1, true, true],
    ['a write to the last byte', WRITE, 3, 0x1003, 1, true, true],
    ['a write just behind', WRITE, 3, 0x1004, 4, true, false],
    ['a write that ends just before', WRITE, 3, 0xffc, 4, true, false],
    ['a write that reaches in', WRITE, 3, 0xffd, 4, true, true],
    ['a read, where writes are watched', WRITE, 3, 0x1000, 4, false, false],
    ['a read', READ_WRITE, 3, 0x1000, 4, false, true],
    ['one byte', READ_WRITE, 0, 0x1001, 1, false, false],
  ])('see %s', (_, condition, length, linear, bytes, isWrite, hit) => {
    const cpu = breakpoint(0x1000, condition, length);
    checkDataBreakpoints(cpu, linear, bytes, isWrite);
    expect((cpu.state.get(STATE.request) & REQUEST.trap) !== 0).toBe(hit);
    expect(read(cpu, 6) & 0xf).toBe(hit ? 2 : 0);
  });

  it('keep RF through IRET only where it matters', () => {
    for (const [enables, kept] of [
      [0, 0],
      [4, EFLAGS.RF],
    ] as const) {
      const cpu = protectedMode();
      write(cpu, 7, enables);
      cpu.words(0x7000, 0x4000, 8, 0x202 | EFLAGS.RF);
      cpu.run('iret');
      expect(cpu.readEflags() & EFLAGS.RF).toBe(kept);
    }
  });
});

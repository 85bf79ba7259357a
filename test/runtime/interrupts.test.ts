import { describe, expect, it } from 'vitest';
import { deliver } from '../../runtime/protection/interrupts.ts';
import { VECTOR } from '../../runtime/state.ts';
import { CS, DS, EFLAGS, ES, FS, GS, SS, STATE } from '../../translator/layout.ts';
import {
  descriptor,
  type FlatCpu,
  GDT,
  gate,
  IDT,
  INNER_STACK,
  OTHER_TSS,
  protectedMode,
  realMode,
  SELECTOR,
  TSS,
  virtual8086,
} from './flat-cpu.ts';

const INTERRUPT_32 = 0x8e;
const TRAP_32 = 0x8f;
const INTERRUPT_16 = 0x86;
const TASK_GATE = 0x85;
const DPL_3 = 0x60;

const setGate = (cpu: FlatCpu, vector: number, access: number, selector: number = SELECTOR.code0): void =>
  cpu.words(IDT + vector * 8, ...gate(selector, 0x6000 + vector, access));

describe('delivery in protected mode', () => {
  it('pushes EFLAGS, CS, EIP at the same level; interrupt gates clear IF, trap gates do not', () => {
    for (const [access, flag] of [
      [INTERRUPT_32, 0],
      [TRAP_32, EFLAGS.IF],
    ] as const) {
      const cpu = protectedMode();
      setGate(cpu, 0x20, access);
      cpu.writeEflags(0x202 | EFLAGS.TF | EFLAGS.NT | EFLAGS.CF | EFLAGS.ZF);
      cpu.state.set(STATE.eip, 0x1234);
      deliver(cpu, { vector: 0x20, external: true });
      expect(cpu.stack(3)).toEqual([0x1234, SELECTOR.code0, 0x4343]);
      expect(cpu.state.gpr(4)).toBe(0x7000 - 12);
      expect(cpu.eip).toBe(0x6020);
      expect(cpu.state.get(STATE.eflags)).toBe(2 | flag);
      expect(cpu.readEflags() & EFLAGS.CF).toBe(EFLAGS.CF);
    }
  });

  it('switches to the stack of the inner level', () => {
    const cpu = protectedMode(3);
    setGate(cpu, 14, INTERRUPT_32);
    cpu.state.set(STATE.eip, 0x1234);
    deliver(cpu, { vector: VECTOR.PF, code: 6 });
    expect(cpu.cpl).toBe(0);
    expect([cpu.state.selector(CS), cpu.state.selector(SS)]).toEqual([SELECTOR.code0, SELECTOR.data0]);
    expect(cpu.state.gpr(4)).toBe(INNER_STACK - 24);
    expect(cpu.stack(6)).toEqual([6, 0x1234, SELECTOR.code3, 0x202 | EFLAGS.RF, 0x7000, SELECTOR.data3]);
  });

  it('comes back with IRET, to the same registers', () => {
    const cpu = protectedMode(3);
    setGate(cpu, 0x80, INTERRUPT_32 | DPL_3);
    cpu.run('int', { immediate: 0x80 });
    expect([cpu.eip, cpu.cpl]).toEqual([0x6080, 0]);
    cpu.run('iret');
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x502, 3, 0x7000]);
    expect([cpu.state.selector(CS), cpu.state.selector(SS)]).toEqual([SELECTOR.code3, SELECTOR.data3]);
    expect(cpu.readEflags()).toBe(0x202);
  });

  it('pushes words through a 16-bit gate', () => {
    const cpu = protectedMode();
    setGate(cpu, 0x20, INTERRUPT_16);
    cpu.state.set(STATE.eip, 0x1234);
    deliver(cpu, { vector: 0x20, external: true });
    expect(cpu.stack(2)).toEqual([0x0008_1234, 0x0202]);
    expect(cpu.state.gpr(4)).toBe(0x7000 - 6);
  });

  it.each([
    ['a gate below CPL', INTERRUPT_32, SELECTOR.code0, '13(402)'],
    ['an absent gate', 0x6e, SELECTOR.code0, '11(402)'],
    ['no gate', 0xf2, SELECTOR.code0, '13(402)'],
    ['a null selector', INTERRUPT_32 | DPL_3, 0, '13(0)'],
    ['a data segment', INTERRUPT_32 | DPL_3, SELECTOR.data0, '13(10)'],
    ['a segment outside the GDT', INTERRUPT_32 | DPL_3, 0x400, '13(400)'],
  ])('INT through %s changes nothing', (_, access, selector, fault) => {
    const cpu = protectedMode(3);
    setGate(cpu, 0x80, access, selector);
    expect(cpu.faultOf('int', { immediate: 0x80 })).toBe(fault);
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x500, 3, 0x7000]);
  });

  it('takes the inner stack only if it is one', () => {
    const attempt = (selector: number, tssLimit = 0x67): string => {
      const cpu = protectedMode(3);
      setGate(cpu, 0x80, INTERRUPT_32 | DPL_3);
      cpu.words(TSS + 8, selector);
      cpu.state.setSegment(7, SELECTOR.tss, TSS, tssLimit, 0x8b);
      return cpu.faultOf('int', { immediate: 0x80 });
    };
    expect(attempt(0)).toBe('10(0)');
    expect(attempt(0x800)).toBe('10(800)');
    expect(attempt(SELECTOR.data3)).toBe('10(20)');
    expect(attempt(SELECTOR.missing)).toBe('12(48)');
    expect(attempt(SELECTOR.data0, 10)).toBe('10(28)');
  });

  it('leaves registers alone when the new stack cannot be written', () => {
    const cpu = protectedMode(3);
    setGate(cpu, 0x80, INTERRUPT_32 | DPL_3);
    cpu.missing.add((INNER_STACK - 1) >> 12);
    expect(cpu.faultOf('int', { immediate: 0x80 })).toBe('14(2)');
    expect([cpu.cpl, cpu.state.gpr(4), cpu.state.selector(SS)]).toEqual([3, 0x7000, SELECTOR.data3]);
  });
});

describe('faults while an exception is delivered', () => {
  it('sets EXT in the code of what a hardware interrupt meets', () => {
    const cpu = protectedMode();
    setGate(cpu, 0x20, 0x0e);
    setGate(cpu, VECTOR.NP, INTERRUPT_32);
    deliver(cpu, { vector: 0x20, external: true });
    expect(cpu.eip).toBe(0x6000 + VECTOR.NP);
    expect(cpu.stack(1)).toEqual([0x103]);
  });

  it('makes a double fault of two contributory exceptions', () => {
    const cpu = protectedMode();
    setGate(cpu, VECTOR.DF, INTERRUPT_32);
    cpu.state.set(STATE.eip, 0x1234);
    deliver(cpu, { vector: VECTOR.GP, code: 0x18 });
    expect(cpu.eip).toBe(0x6008);
    expect(cpu.stack(3)).toEqual([0, 0x1234, SELECTOR.code0]);
    expect(cpu.shutdowns).toBe(0);
  });

  it('delivers a page fault after a contributory exception, in its place', () => {
    const cpu = protectedMode(3);
    setGate(cpu, VECTOR.DE, INTERRUPT_32);
    setGate(cpu, VECTOR.PF, INTERRUPT_32, SELECTOR.conforming);
    cpu.missing.add((INNER_STACK - 1) >> 12);
    deliver(cpu, { vector: VECTOR.DE });
    expect(cpu.eip).toBe(0x600e);
    expect(cpu.cpl).toBe(3);
    expect(cpu.stack(1)).toEqual([2]);
  });

  it('does not take an interrupt for an exception of the same number', () => {
    const cpu = protectedMode();
    setGate(cpu, VECTOR.GP, INTERRUPT_32);
    deliver(cpu, { vector: VECTOR.DF, external: true });
    expect(cpu.eip).toBe(0x600d);
    expect(cpu.stack(1)).toEqual([0x43]);
  });

  it('shuts down when the double fault cannot be delivered', () => {
    const cpu = protectedMode();
    deliver(cpu, { vector: VECTOR.GP, code: 0 });
    expect(cpu.shutdowns).toBe(1);
  });
});

describe('virtual-8086 mode', () => {
  it('is left with the segment registers on the inner stack, and entered again by IRET', () => {
    const cpu = virtual8086(0);
    setGate(cpu, VECTOR.GP, INTERRUPT_32);
    deliver(cpu, { vector: VECTOR.GP, code: 0 });
    expect(cpu.cpl).toBe(0);
    expect(cpu.stack(10)).toEqual([0, 0x500, 0x1001, 0x3_0202, 0x7000, 0x1002, 0x1000, 0x1003, 0x1004, 0x1005]);
    expect(cpu.readEflags() & EFLAGS.VM).toBe(0);
    expect([ES, DS, FS, GS].map((seg) => cpu.state.selector(seg))).toEqual([0, 0, 0, 0]);

    cpu.state.setGpr(4, cpu.state.gpr(4) + 4);
    cpu.run('iret');
    expect([cpu.cpl, cpu.eip, cpu.state.gpr(4)]).toEqual([3, 0x500, 0x7000]);
    expect(cpu.readEflags()).toBe(0x2_0202);
    expect([ES, CS, SS, DS, FS, GS].map((seg) => cpu.state.selector(seg))).toEqual([
      0x1000, 0x1001, 0x1002, 0x1003, 0x1004, 0x1005,
    ]);
    expect(cpu.state.segBase(GS)).toBe(0x1_0050);
  });

  it.each(['pushf', 'popf', 'iret', 'cli', 'sti', 'int'])('%s needs IOPL 3', (name) => {
    expect(virtual8086(2).faultOf(name, { operandSize: 16, immediate: 0x80 })).toBe('13(0)');
  });

  it('refuses a handler of another level than 0', () => {
    const cpu = virtual8086(3);
    setGate(cpu, 0x80, INTERRUPT_32 | DPL_3, SELECTOR.code3);
    expect(cpu.faultOf('int', { immediate: 0x80 })).toBe('13(18)');
  });
});

describe('real mode', () => {
  it('goes through the vector table and back', () => {
    const cpu = realMode();
    cpu.words(0x21 * 4, 0x0200_0034);
    cpu.run('int', { immediate: 0x21 });
    expect([cpu.state.selector(CS), cpu.eip]).toEqual([0x200, 0x34]);
    expect(cpu.state.segBase(CS)).toBe(0x2000);
    expect(cpu.stack(2)).toEqual([0x0100_0502, 0x0202]);
    expect(cpu.readEflags() & EFLAGS.IF).toBe(0);
    cpu.run('iret', { operandSize: 16 });
    expect([cpu.state.selector(CS), cpu.eip, cpu.state.gpr(4)]).toEqual([0x100, 0x502, 0x800]);
    expect(cpu.readEflags()).toBe(0x202);
  });

  it('pushes no error codes', () => {
    const cpu = realMode();
    cpu.words(VECTOR.GP * 4, 0x0200_0034);
    deliver(cpu, { vector: VECTOR.GP, code: 0 });
    expect(cpu.state.gpr(4)).toBe(0x800 - 6);
  });

  it('shuts down without a vector table', () => {
    const cpu = realMode();
    cpu.state.set(STATE.idtLimit, 0);
    deliver(cpu, { vector: VECTOR.UD });
    expect(cpu.shutdowns).toBe(1);
  });
});

describe('task gates', () => {
  it('enter another task with the error code on its stack', () => {
    const cpu = protectedMode(3);
    setGate(cpu, VECTOR.DF, TASK_GATE, SELECTOR.otherTss);
    cpu.words(OTHER_TSS + 0x20, 0x4444, 2);
    cpu.words(OTHER_TSS + 0x38, 0x6800);
    cpu.words(OTHER_TSS + 0x48, SELECTOR.data0, SELECTOR.code0, SELECTOR.data0, SELECTOR.data0, 0, 0, 0);
    cpu.state.set(STATE.eip, 0x1234);
    deliver(cpu, { vector: VECTOR.DF, code: 0 });
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x4444, 0, 0x67fc]);
    expect(cpu.memory.read16(OTHER_TSS)).toBe(SELECTOR.tss);
    expect(cpu.readEflags() & EFLAGS.NT).toBe(EFLAGS.NT);
    expect(cpu.memory.read32(TSS + 0x20)).toBe(0x1234);
  });

  it('save RF for a fault, which restarts its instruction', () => {
    const cpu = protectedMode(3);
    setGate(cpu, VECTOR.PF, TASK_GATE, SELECTOR.otherTss);
    cpu.words(OTHER_TSS + 0x20, 0x4444, 2);
    cpu.words(OTHER_TSS + 0x38, 0x6800);
    cpu.words(OTHER_TSS + 0x48, SELECTOR.data0, SELECTOR.code0, SELECTOR.data0, SELECTOR.data0, 0, 0, 0);
    deliver(cpu, { vector: VECTOR.PF, code: 6 });
    expect(cpu.stack(1)).toEqual([6]);
    expect(cpu.memory.read32(TSS + 0x24)).toBe(0x202 | EFLAGS.RF);
  });

  it('deliver what is wrong with the new task there', () => {
    const cpu = protectedMode(3);
    setGate(cpu, 0x80, TASK_GATE | DPL_3, SELECTOR.otherTss);
    setGate(cpu, VECTOR.TS, INTERRUPT_32);
    cpu.words(OTHER_TSS + 0x20, 0x4444, 2);
    cpu.words(OTHER_TSS + 0x38, 0x6800);
    cpu.words(OTHER_TSS + 0x48, SELECTOR.data3, SELECTOR.code0, SELECTOR.data0, SELECTOR.callGate, 0, 0, 0);
    cpu.run('int', { immediate: 0x80 });
    expect(cpu.eip).toBe(0x6000 + VECTOR.TS);
    expect(cpu.stack(3)).toEqual([SELECTOR.callGate, 0x4444, SELECTOR.code0]);
  });

  it('need an available TSS', () => {
    const cpu = protectedMode(3);
    setGate(cpu, 0x80, TASK_GATE | DPL_3, SELECTOR.tss);
    expect(cpu.faultOf('int', { immediate: 0x80 })).toBe('13(28)');
    cpu.words(GDT + SELECTOR.otherTss, ...descriptor(OTHER_TSS, 0x20, 0x89));
    setGate(cpu, 0x80, TASK_GATE | DPL_3, SELECTOR.otherTss);
    expect(cpu.faultOf('int', { immediate: 0x80 })).toBe('10(30)');
  });
});

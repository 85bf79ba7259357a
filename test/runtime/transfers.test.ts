import { describe, expect, it } from 'vitest';
import { VECTOR } from '../../runtime/state.ts';
import { CS, DS, EFLAGS, ES, SS, STATE, TR } from '../../translator/layout.ts';
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
} from './flat-cpu.ts';

const far = (selector: number, offset = 0x4000) => ({ immediate: offset, immediate2: selector });

describe('far JMP and CALL', () => {
  it.each([
    ['the same level', 0, SELECTOR.code0, 'none'],
    ['an inner level', 3, SELECTOR.code0, '13(8)'],
    ['an outer level', 0, SELECTOR.code3, '13(18)'],
    ['conforming code of an inner level', 3, SELECTOR.conforming, 'none'],
    ['null', 0, 0, '13(0)'],
    ['data', 0, SELECTOR.data0, '13(10)'],
    ['the busy TSS', 0, SELECTOR.tss, '13(28)'],
    ['a selector outside the GDT', 0, 0x4000, '13(4000)'],
  ] as const)('to %s', (_, cpl, selector, fault) => {
    const cpu = protectedMode(cpl);
    expect(cpu.faultOf('jmpf', far(selector))).toBe(fault);
    expect(cpu.eip).toBe(fault === 'none' ? 0x4000 : 0x500);
    expect(cpu.cpl).toBe(cpl);
    expect(cpu.state.selector(CS) & 3).toBe(cpl);
  });

  it('checks the offset against the new limit', () => {
    const cpu = protectedMode();
    cpu.words(GDT + SELECTOR.small, ...descriptor(0, 0xff, 0x409b));
    expect(cpu.faultOf('jmpf', far(SELECTOR.small, 0x100))).toBe('13(0)');
    expect(cpu.faultOf('jmpf', far(SELECTOR.small, 0xff))).toBe('none');
  });

  it('pushes CS and EIP, and RETF comes back', () => {
    const cpu = protectedMode();
    cpu.run('callf', far(SELECTOR.code0));
    expect(cpu.stack(2)).toEqual([0x502, SELECTOR.code0]);
    cpu.run('retf', { operands: ['Iw'], immediate: 8 });
    expect([cpu.eip, cpu.state.gpr(4)]).toEqual([0x502, 0x7008]);
  });

  it('takes the pointer from memory', () => {
    const cpu = protectedMode();
    cpu.words(0x300, 0x1234_5678, SELECTOR.code0);
    cpu.run('jmpfm', { modrm: 0x2d, displacement: 0x300 });
    expect(cpu.eip).toBe(0x1234_5678);
  });

  it('copies parameters through a call gate to the inner stack, and returns from there', () => {
    const cpu = protectedMode(3);
    const [low, high] = gate(SELECTOR.code0, 0x6000, 0xec);
    cpu.words(GDT + SELECTOR.callGate, low, high | 2);
    cpu.words(0x7000, 0x11, 0x22, 0x33);
    cpu.run('callf', far(SELECTOR.callGate));
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x6000, 0, INNER_STACK - 24]);
    expect(cpu.stack(6)).toEqual([0x502, SELECTOR.code3, 0x11, 0x22, 0x7000, SELECTOR.data3]);

    cpu.state.setSegment(ES, SELECTOR.data0, 0, -1, 0xc093);
    cpu.run('retf', { operands: ['Iw'], immediate: 8 });
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x502, 3, 0x7008]);
    expect(cpu.state.selector(SS)).toBe(SELECTOR.data3);
    expect([cpu.state.selector(ES), cpu.state.selector(DS)]).toEqual([0, SELECTOR.data3]);
  });

  it('lets JMP use a call gate within its level only', () => {
    expect(protectedMode(3).faultOf('jmpf', far(SELECTOR.callGate))).toBe('13(8)');
    expect(protectedMode(0).faultOf('jmpf', far(SELECTOR.callGate))).toBe('none');
  });

  it('loads paragraphs in real mode', () => {
    const cpu = realMode();
    cpu.run('callf', { ...far(0x300, 0x12), operandSize: 16 });
    expect([cpu.state.segBase(CS), cpu.eip]).toEqual([0x3000, 0x12]);
    expect(cpu.stack(1)).toEqual([0x0100_0502]);
    cpu.run('retf', { operandSize: 16 });
    expect([cpu.state.segBase(CS), cpu.eip, cpu.state.gpr(4)]).toEqual([0x1000, 0x502, 0x800]);
  });
});

describe('RETF and IRET', () => {
  it.each([
    ['to an inner level', 3, [0x4000, SELECTOR.code0, 0x202], '13(8)'],
    ['to null', 0, [0x4000, 0, 0x202], '13(0)'],
    ['with a stack of another level', 0, [0x4000, SELECTOR.code3, 0x202, 0x7800, SELECTOR.data0], '13(10)'],
    ['with a null stack', 0, [0x4000, SELECTOR.code3, 0x202, 0x7800, 0], '13(0)'],
    ['to the outer level', 0, [0x4000, SELECTOR.code3, 0x202, 0x7800, SELECTOR.data3], 'none'],
  ] as const)('%s', (_, cpl, frame, fault) => {
    const cpu = protectedMode(cpl);
    cpu.words(0x7000, ...frame);
    expect(cpu.faultOf('iret')).toBe(fault);
    if (fault === 'none') expect([cpu.cpl, cpu.state.gpr(4)]).toEqual([3, 0x7800]);
    else expect([cpu.cpl, cpu.state.gpr(4), cpu.eip]).toEqual([cpl, 0x7000, 0x500]);
  });

  it('keeps IF and IOPL from a program without the right to change them', () => {
    const cpu = protectedMode(3);
    cpu.words(0x7000, 0x4000, SELECTOR.code3, 0x3000 | EFLAGS.CF | EFLAGS.DF);
    cpu.run('iret');
    expect(cpu.readEflags()).toBe(0x202 | EFLAGS.CF | EFLAGS.DF);
  });

  it('keeps the upper half of ESP on a 16-bit stack', () => {
    const cpu = protectedMode();
    cpu.state.setSegment(SS, SELECTOR.stack16, 0x5_0000, 0xffff, 0x93);
    cpu.state.setGpr(4, 0x1234_fff8 | 0);
    cpu.words(0x5_fff8, 0x4000, SELECTOR.code0);
    cpu.run('retf');
    expect(cpu.state.gpr(4)).toBe(0x1234_0000);
  });
});

describe('SYSENTER and SYSEXIT', () => {
  it('switch between flat segments', () => {
    const cpu = protectedMode(3);
    cpu.state.set(STATE.sysenterCs, SELECTOR.code0);
    cpu.state.set(STATE.sysenterEsp, INNER_STACK);
    cpu.state.set(STATE.sysenterEip, 0x4000);
    cpu.run('sysenter');
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x4000, 0, INNER_STACK]);
    expect([cpu.state.selector(CS), cpu.state.selector(SS)]).toEqual([SELECTOR.code0, SELECTOR.data0]);
    expect(cpu.readEflags() & EFLAGS.IF).toBe(0);
    cpu.state.setGpr(1, 0x7000);
    cpu.state.setGpr(2, 0x600);
    cpu.run('sysexit');
    expect([cpu.eip, cpu.cpl, cpu.state.gpr(4)]).toEqual([0x600, 3, 0x7000]);
    expect([cpu.state.selector(CS), cpu.state.selector(SS)]).toEqual([SELECTOR.code3, SELECTOR.data3]);
    expect(cpu.faultOf('sysexit')).toBe('13(0)');
  });

  it('need SYSENTER_CS', () => {
    expect(protectedMode(3).faultOf('sysenter')).toBe('13(0)');
  });
});

describe('task switch', () => {
  /** The other task: EIP 4444, ESP 6800, EAX A0A0. */
  const withTask = (eflags = 2): FlatCpu => {
    const cpu = protectedMode();
    cpu.words(OTHER_TSS + 0x20, 0x4444, eflags, 0xa0a0);
    cpu.words(OTHER_TSS + 0x38, 0x6800);
    cpu.words(OTHER_TSS + 0x48, SELECTOR.data3, SELECTOR.code0, SELECTOR.data0, SELECTOR.data0, 0, 0, 0);
    return cpu;
  };
  const busy = (cpu: FlatCpu, selector: number): boolean => (cpu.memory.read8(GDT + selector + 5) & 2) !== 0;

  it('CALL nests, IRET with NT goes back', () => {
    const cpu = withTask();
    cpu.state.setGpr(0, 0x77);
    cpu.run('callf', far(SELECTOR.otherTss));
    expect([cpu.eip, cpu.state.gpr(4), cpu.state.gpr(0)]).toEqual([0x4444, 0x6800, 0xa0a0]);
    expect([cpu.state.selector(TR), cpu.state.selector(ES)]).toEqual([SELECTOR.otherTss, SELECTOR.data3]);
    expect(cpu.readEflags() & EFLAGS.NT).toBe(EFLAGS.NT);
    expect([busy(cpu, SELECTOR.tss), busy(cpu, SELECTOR.otherTss)]).toEqual([true, true]);
    expect(cpu.state.get(STATE.cr0) & 8).toBe(8);

    cpu.run('iret');
    expect([cpu.eip, cpu.state.gpr(4), cpu.state.gpr(0)]).toEqual([0x502, 0x7000, 0x77]);
    expect(cpu.state.selector(TR)).toBe(SELECTOR.tss);
    expect([busy(cpu, SELECTOR.tss), busy(cpu, SELECTOR.otherTss)]).toEqual([true, false]);
    expect(cpu.readEflags() & EFLAGS.NT).toBe(0);
    expect(cpu.memory.read32(OTHER_TSS + 0x24) & EFLAGS.NT).toBe(0);
  });

  it('JMP, here through a task gate, leaves the old task available and does not nest', () => {
    const cpu = withTask();
    cpu.run('jmpf', far(SELECTOR.taskGate));
    expect(cpu.eip).toBe(0x4444);
    expect([busy(cpu, SELECTOR.tss), busy(cpu, SELECTOR.otherTss)]).toEqual([false, true]);
    expect(cpu.readEflags() & EFLAGS.NT).toBe(0);
    expect(cpu.memory.read16(OTHER_TSS)).toBe(0);
  });

  it('IRET needs a busy TSS to go back to', () => {
    const cpu = withTask();
    cpu.writeEflags(2 | EFLAGS.NT);
    cpu.words(TSS, SELECTOR.otherTss);
    expect(cpu.faultOf('iret')).toBe('10(30)');
    expect(cpu.state.selector(TR)).toBe(SELECTOR.tss);
  });

  it('enters virtual-8086 tasks', () => {
    const cpu = withTask(2 | EFLAGS.VM);
    cpu.run('jmpf', far(SELECTOR.otherTss));
    expect([cpu.cpl, cpu.state.segBase(CS), cpu.state.segLimit(CS)]).toEqual([3, SELECTOR.code0 << 4, 0xffff]);
  });

  it('loads CR3 under paging and traps on the T bit', () => {
    const cpu = withTask();
    cpu.state.set(STATE.cr0, 0x8000_0001 | 0);
    cpu.words(OTHER_TSS + 0x1c, 0x5000);
    cpu.words(OTHER_TSS + 0x64, 1);
    cpu.run('jmpf', far(SELECTOR.otherTss));
    expect(cpu.state.get(STATE.cr3)).toBe(0x5000);
    expect(cpu.flushes).toBe(1);
    expect(cpu.state.get(STATE.dr + 6 * 4) & 0x8000).toBe(0x8000);
    expect(cpu.state.get(STATE.request) & 16).toBe(16);
  });

  it('delivers what is wrong with the new task there', () => {
    const cpu = withTask();
    cpu.words(IDT + VECTOR.NP * 8, ...gate(SELECTOR.code0, 0x6000, 0x8e));
    cpu.words(OTHER_TSS + 0x54, SELECTOR.missing);
    cpu.run('jmpf', far(SELECTOR.otherTss));
    expect(cpu.eip).toBe(0x6000);
    expect(cpu.stack(2)).toEqual([SELECTOR.missing, 0x4444]);
  });

  it('changes nothing when the old TSS cannot be written', () => {
    const cpu = withTask();
    cpu.state.setSegment(TR, SELECTOR.tss, 0xa000, 0x67, 0x8b);
    cpu.missing.add(0xa);
    expect(cpu.faultOf('jmpf', far(SELECTOR.otherTss))).toBe('14(2)');
    expect([cpu.eip, cpu.state.gpr(4), cpu.state.selector(TR)]).toEqual([0x500, 0x7000, SELECTOR.tss]);
    expect(busy(cpu, SELECTOR.otherTss)).toBe(false);
  });

  it('knows 16-bit TSSs: the upper halves of registers become ones', () => {
    const cpu = protectedMode();
    cpu.words(GDT + SELECTOR.otherTss, ...descriptor(OTHER_TSS, 0x2b, 0x81));
    const words = [0x4444, 2, 0xa0a0, 0, 0, 0, 0x6800, 0, 0, 0, SELECTOR.data3, SELECTOR.code0, SELECTOR.data0, 0, 0];
    words.forEach((word, index) => {
      cpu.memory.write16(OTHER_TSS + 0x0e + index * 2, word);
    });
    cpu.state.setGpr(0, 0x1234_5678);
    cpu.run('callf', far(SELECTOR.otherTss));
    expect([cpu.eip, cpu.state.gpr(4), cpu.state.gpr(0)]).toEqual([0x4444, 0xffff_6800 | 0, 0xffff_a0a0 | 0]);
    expect(cpu.memory.read16(OTHER_TSS)).toBe(SELECTOR.tss);
    cpu.run('iret');
    expect([cpu.eip, cpu.state.gpr(0)]).toEqual([0x502, 0x1234_5678]);
    expect(cpu.memory.read16(OTHER_TSS + 0x12)).toBe(0xa0a0);
  });
});

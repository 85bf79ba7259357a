import { describe, expect, it } from 'vitest';
import { HOST } from '../../runtime/host/index.ts';
import { EFLAGS, SS } from '../../translator/layout.ts';
import { protectedMode, realMode } from './flat-cpu.ts';

const EAX = 0;
const EBP = 5;

describe('the record of host instructions', () => {
  it.each(
    `int int3 into int1 iret retf callf callfm jmpf jmpfm movSreg movFromSreg pushSreg popSreg les lds lss lfs lgs lgdt
    lidt sgdt sidt lldt ltr sldt str lar lsl verr verw arpl movFromCr movToCr movFromDr movToDr lmsw smsw clts invlpg
    invd wbinvd hlt cli sti pushf popf rdtsc rdmsr wrmsr rdpmc cpuid sysenter sysexit pusha popa enter bound
    salc ud in out ins outs movs stos lods scas cmps`.split(/\s+/),
  )('has %s', (name) => {
    expect(HOST[name]).toBeTypeOf('function');
  });
});

describe('PUSHA and POPA', () => {
  it.each([16, 32] as const)('move all registers but the stack pointer, %i bits', (operandSize) => {
    const cpu = protectedMode();
    const { state } = cpu;
    for (const index of [0, 1, 2, 3, 5, 6, 7]) state.setGpr(index, 0x1_0001 * (index + 1));
    cpu.run('pusha', { operandSize });
    expect(state.gpr(4)).toBe(0x7000 - operandSize);
    const stackedEsp = operandSize === 32 ? cpu.stack(4)[3] : cpu.stack(2)[1]! >>> 16;
    expect(stackedEsp).toBe(0x7000);
    for (const index of [0, 1, 2, 3, 5, 6, 7]) state.setGpr(index, -1);
    cpu.run('popa', { operandSize });
    const upper = operandSize === 32 ? undefined : 0xffff_0000;
    for (const index of [0, 1, 2, 3, 5, 6, 7]) {
      expect(state.gpr(index)).toBe(upper === undefined ? 0x1_0001 * (index + 1) : upper | (index + 1) | 0);
    }
    expect(state.gpr(4)).toBe(0x7000);
  });

  it('POPA changes no register when an item is missing', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(4, 0x7ff0);
    cpu.state.setGpr(7, 0x77);
    cpu.missing.add(8);
    expect(cpu.faultOf('popa')).toBe('14(0)');
    expect([cpu.state.gpr(7), cpu.state.gpr(4)]).toEqual([0x77, 0x7ff0]);
  });
});

describe('ENTER', () => {
  it('makes a frame, and copies the display of outer levels', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(EBP, 0x7100);
    cpu.words(0x70f8, 0x2222, 0x1111);
    cpu.run('enter', { immediate: 0x20, immediate2: 3 });
    expect(cpu.state.gpr(EBP)).toBe(0x6ffc);
    expect(cpu.state.gpr(4)).toBe(0x6ffc - 12 - 0x20);
    cpu.state.setGpr(4, 0x6ff0);
    expect(cpu.stack(4)).toEqual([0x6ffc, 0x2222, 0x1111, 0x7100]);
  });

  it('faults where its locals would not be writable', () => {
    const cpu = protectedMode();
    cpu.missing.add(5);
    expect(cpu.faultOf('enter', { immediate: 0x1800, immediate2: 0 })).toBe('14(2)');
    expect(cpu.state.gpr(4)).toBe(0x7000);
  });
});

describe('BOUND', () => {
  it.each([
    [-2, '5'],
    [-1, 'none'],
    [7, 'none'],
    [8, '5'],
  ])('of %i within -1 … 7', (index, fault) => {
    const cpu = protectedMode();
    cpu.words(0x300, -1, 7);
    cpu.state.setGpr(EAX, index);
    expect(cpu.faultOf('bound', { modrm: 5, displacement: 0x300 })).toBe(fault);
  });
});

describe('the stack', () => {
  it('wraps at 64 KiB in real mode and faults on an item that would cross', () => {
    const cpu = realMode();
    cpu.state.setGpr(4, 0);
    cpu.run('pushSreg', { operands: ['DS'], operandSize: 16 });
    expect(cpu.state.gpr(4)).toBe(0xfffe);
    cpu.state.setGpr(4, 1);
    expect(cpu.faultOf('pushSreg', { operands: ['DS'], operandSize: 16 })).toBe('12(0)');
  });

  it('knows expand-down segments', () => {
    const cpu = protectedMode();
    cpu.state.setSegment(SS, 0x10, 0, 0x3fff, 0x4097);
    cpu.state.setGpr(4, 0x4004);
    expect(cpu.faultOf('pushf')).toBe('none');
    expect(cpu.faultOf('pushf')).toBe('12(0)');
  });
});

describe('software interrupts', () => {
  it('INTO without overflow does nothing; SALC spreads CF', () => {
    const cpu = protectedMode();
    expect(cpu.faultOf('into')).toBe('none');
    cpu.writeEflags(2 | EFLAGS.OF | EFLAGS.CF);
    expect(cpu.faultOf('into')).toBe('13(22)');
    cpu.run('salc');
    expect(cpu.state.gpr(EAX)).toBe(0xff);
    expect(cpu.faultOf('ud')).toBe('6');
  });
});

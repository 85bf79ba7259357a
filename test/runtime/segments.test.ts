import { describe, expect, it } from 'vitest';
import { CS, DS, ES, FS, GS, SHADOW, SS, STATE, TR } from '../../translator/layout.ts';
import { faultOf, GDT, protectedMode, realMode, registers, SELECTOR } from './flat-cpu.ts';

const EAX = 0;
const ECX = 1;

describe('loading segment registers', () => {
  const load = (cpl: 0 | 3, seg: number, selector: number): string => {
    const cpu = protectedMode(cpl);
    cpu.state.setGpr(EAX, selector);
    return cpu.faultOf('movSreg', { modrm: registers(seg, EAX) });
  };

  it.each([
    ['data at its own level', 3, DS, SELECTOR.data3, 'none'],
    ['data of an outer level', 0, DS, SELECTOR.data3, 'none'],
    ['data of an inner level', 3, DS, SELECTOR.data0, '13(10)'],
    ['inner data asked for with RPL 3', 0, DS, SELECTOR.data0 | 3, '13(10)'],
    ['conforming code from level 3', 3, DS, SELECTOR.conforming, 'none'],
    ['execute-only code', 0, DS, SELECTOR.executeOnly, '13(60)'],
    ['a TSS', 0, DS, SELECTOR.tss, '13(28)'],
    ['an absent segment', 0, DS, SELECTOR.missing, '11(48)'],
    ['a selector outside the GDT', 0, DS, 0x800, '13(800)'],
    ['a selector of an LDT that is not there', 0, DS, 0x0c, '13(c)'],
    ['null', 3, DS, 3, 'none'],
    ['null into SS', 0, SS, 0, '13(0)'],
    ['an absent stack', 0, SS, SELECTOR.missing, '12(48)'],
    ['a read-only stack', 3, SS, SELECTOR.readOnly | 3, '13(58)'],
    ['a stack of another level', 0, SS, SELECTOR.data3, '13(20)'],
    ['a stack with another RPL', 3, SS, SELECTOR.data3 & ~3, '13(20)'],
    ['CS', 0, CS, SELECTOR.code0, '6'],
  ] as const)('%s', (_, cpl, seg, selector, fault) => {
    expect(load(cpl, seg, selector)).toBe(fault);
  });

  it('fills the cache, expands the limit and sets the accessed bit', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(EAX, SELECTOR.small);
    cpu.run('movSreg', { modrm: registers(ES, EAX) });
    expect(cpu.state.segBase(ES)).toBe(0x4_0000);
    expect(cpu.state.segLimit(ES)).toBe(0xff);
    expect(cpu.state.segAccess(ES)).toBe(0x40f3);
    expect(cpu.memory.read8(GDT + SELECTOR.small + 5)).toBe(0xf3);
    cpu.state.setGpr(EAX, SELECTOR.data0);
    cpu.run('movSreg', { modrm: registers(ES, EAX) });
    expect(cpu.state.segLimit(ES)).toBe(0xffff_ffff);
  });

  it('leaves a null segment unusable', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(EAX, 0);
    cpu.run('movSreg', { modrm: registers(FS, EAX) });
    expect(cpu.state.segAccess(FS) & 0x80).toBe(0);
    expect(cpu.faultOf('les', { segment: FS, modrm: 5, displacement: 0x100 })).toBe('13(0)');
  });

  it('finds descriptors in the LDT', () => {
    const cpu = protectedMode();
    cpu.words(0x9008, 0x0000_ffff, 0x00cf_9300);
    cpu.state.setGpr(EAX, SELECTOR.ldt);
    cpu.run('lldt', { modrm: registers(2, EAX) });
    cpu.state.setGpr(EAX, 0x0c);
    cpu.run('movSreg', { modrm: registers(DS, EAX) });
    expect(cpu.state.selector(DS)).toBe(0x0c);
    cpu.state.setGpr(EAX, 0x14);
    expect(cpu.faultOf('movSreg', { modrm: registers(DS, EAX) })).toBe('13(14)');
  });

  it('holds off interrupts after a load of SS, not of DS', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(EAX, SELECTOR.data0);
    cpu.run('movSreg', { modrm: registers(DS, EAX) });
    expect(cpu.state.get(STATE.shadow)).toBe(0);
    cpu.run('movSreg', { modrm: registers(SS, EAX) });
    expect(cpu.state.get(STATE.shadow)).toBe(SHADOW.stackSegment);
  });

  it('makes paragraphs of selectors in real mode and keeps the limit', () => {
    const cpu = realMode();
    cpu.state.setSegment(DS, 0, 0, -1, 0xc093);
    cpu.state.setGpr(EAX, 0xb800);
    cpu.run('movSreg', { modrm: registers(DS, EAX) });
    expect(cpu.state.segBase(DS)).toBe(0xb_8000);
    expect(cpu.state.segLimit(DS)).toBe(0xffff_ffff);
  });

  it('pops a selector and commits ESP only when it is good', () => {
    const cpu = protectedMode();
    cpu.words(0x7000, SELECTOR.missing, SELECTOR.small);
    expect(cpu.faultOf('popSreg', { operands: ['GS'] })).toBe('11(48)');
    expect(cpu.state.gpr(4)).toBe(0x7000);
    cpu.state.setGpr(4, 0x7004);
    cpu.run('popSreg', { operands: ['GS'] });
    expect(cpu.state.selector(GS)).toBe(SELECTOR.small);
    expect(cpu.state.gpr(4)).toBe(0x7008);
  });
});

describe('LTR and LLDT', () => {
  it('marks the TSS busy, and refuses a busy one', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(EAX, SELECTOR.otherTss);
    cpu.run('ltr', { modrm: registers(3, EAX) });
    expect(cpu.state.selector(TR)).toBe(SELECTOR.otherTss);
    expect(cpu.memory.read8(GDT + SELECTOR.otherTss + 5)).toBe(0x8b);
    expect(cpu.faultOf('ltr', { modrm: registers(3, EAX) })).toBe('13(30)');
  });

  it.each([
    ['ltr', 0, '13(0)'],
    ['ltr', SELECTOR.data0, '13(10)'],
    ['lldt', SELECTOR.data0, '13(10)'],
    ['lldt', SELECTOR.ldt | 4, '13(7c)'],
    ['lldt', 0, 'none'],
  ] as const)('%s of %i: %s', (name, selector, fault) => {
    const cpu = protectedMode();
    cpu.state.setGpr(EAX, selector);
    expect(cpu.faultOf(name, { modrm: registers(2, EAX) })).toBe(fault);
  });

  it('are unknown in real mode and forbidden at level 3', () => {
    expect(realMode().faultOf('ltr', { modrm: registers(3, EAX) })).toBe('6');
    expect(protectedMode(3).faultOf('ltr', { modrm: registers(3, EAX) })).toBe('13(0)');
  });
});

describe('LAR, LSL, VERR, VERW, ARPL', () => {
  const zero = (name: string, cpl: 0 | 3, selector: number): [boolean, number] => {
    const cpu = protectedMode(cpl);
    cpu.state.setGpr(EAX, selector);
    cpu.state.setGpr(ECX, 0x1234);
    expect(faultOf(() => cpu.run(name, { modrm: registers(ECX, EAX) }))).toBe('none');
    return [(cpu.readEflags() & 0x40) !== 0, cpu.state.gpr(ECX)];
  };
  it.each([
    ['lar', 0, SELECTOR.code0, true, 0x00c0_9b00],
    ['lar', 3, SELECTOR.code0, false, 0x1234],
    ['lar', 3, SELECTOR.conforming, true, 0x00c0_9e00],
    ['lar', 0, SELECTOR.callGate, true, 0x0000_ec00],
    ['lsl', 0, SELECTOR.callGate, false, 0x1234],
    ['lsl', 0, SELECTOR.small, true, 0xff],
    ['lsl', 0, SELECTOR.data0, true, -1],
    ['lsl', 0, 0, false, 0x1234],
    ['verr', 3, SELECTOR.data3, true, 0x1234],
    ['verr', 3, SELECTOR.data0, false, 0x1234],
    ['verr', 3, SELECTOR.conforming, true, 0x1234],
    ['verr', 0, SELECTOR.executeOnly, false, 0x1234],
    ['verw', 3, SELECTOR.readOnly, false, 0x1234],
    ['verw', 0, SELECTOR.data0, true, 0x1234],
  ] as const)('%s at level %i of %i', (name, cpl, selector, visible, result) => {
    expect(zero(name, cpl, selector)).toEqual([visible, result]);
  });

  it('ARPL raises an RPL', () => {
    const cpu = protectedMode();
    cpu.state.setGpr(EAX, 0x1_0011);
    cpu.state.setGpr(ECX, 3);
    cpu.run('arpl', { modrm: registers(ECX, EAX) });
    expect(cpu.state.gpr(EAX)).toBe(0x1_0013);
    expect(cpu.readEflags() & 0x40).toBe(0x40);
    cpu.run('arpl', { modrm: registers(ECX, EAX) });
    expect(cpu.readEflags() & 0x40).toBe(0);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { ioInstructions } from '../../runtime/host/io.ts';
import { EFLAGS, STATE, TR } from '../../translator/layout.ts';
import { instruction } from './instruction.ts';
import { createRig, enablePaging, faultOf, type Rig, setPage } from './memory-rig.ts';

const EAX = 0;
const ECX = 1;
const EDX = 2;
const ESI = 6;
const EDI = 7;

let rig: Rig;
beforeEach(() => {
  rig = createRig();
});

describe('IN and OUT', () => {
  it('read as much of EAX as the operand is wide', () => {
    rig.board.inputs.push(0x1aa, 0x2_bbbb, 0xcccc_cccc);
    rig.state.setGpr(EAX, 0x1111_1111);
    rig.state.setGpr(EDX, 0x5555_03f8);
    ioInstructions.in(rig.cpu, instruction(['AL', 'Ib'], { immediate: -1 }));
    expect(rig.state.gpr(EAX)).toBe(0x1111_11aa);
    ioInstructions.in(rig.cpu, instruction(['eAX', 'DX'], { operandSize: 16 }));
    expect(rig.state.gpr(EAX)).toBe(0x1111_bbbb);
    ioInstructions.in(rig.cpu, instruction(['eAX', 'DX']));
    expect(rig.state.gpr(EAX)).toBe(0xcccc_cccc | 0);
    expect(rig.board.log).toEqual(['in8 ff', 'in16 3f8', 'in32 3f8']);
  });

  it('write unsigned values', () => {
    rig.state.setGpr(EAX, -2);
    rig.state.setGpr(EDX, 0xcf8);
    ioInstructions.out(rig.cpu, instruction(['Ib', 'AL'], { immediate: 0x20 }));
    ioInstructions.out(rig.cpu, instruction(['DX', 'eAX']));
    expect(rig.board.log).toEqual(['out8 20 fe', 'out32 cf8 fffffffe']);
  });
});

describe('INS and OUTS', () => {
  it('move elements in the order of execution', () => {
    rig.board.inputs.push(0x1111, 0x2222, 0x3333);
    rig.state.set(STATE.eflags, 2 | EFLAGS.DF);
    rig.state.setGpr(EDX, 0x1f0);
    rig.state.setGpr(ECX, 3);
    rig.state.setGpr(EDI, 0x1004);
    ioInstructions.ins(rig.cpu, instruction(['Yv', 'DX'], { operandSize: 16, rep: 0xf3 }));
    expect([...rig.state.ram.subarray(0x1000, 0x1006)]).toEqual([0x33, 0x33, 0x22, 0x22, 0x11, 0x11]);
    expect([rig.state.gpr(ECX), rig.state.gpr(EDI)]).toEqual([0, 0xffe]);
    rig.state.set(STATE.eflags, 2);
    rig.state.setGpr(ECX, 2);
    rig.state.setGpr(ESI, 0x1001);
    ioInstructions.outs(rig.cpu, instruction(['DX', 'Xb'], { rep: 0xf3 }));
    expect(rig.board.log.slice(3)).toEqual(['out8 1f0 33', 'out8 1f0 22']);
  });

  it('do not read the port when the target faults', () => {
    enablePaging(rig);
    setPage(rig, 0x7000, 0x7000 | 5);
    rig.state.setGpr(EDI, 0x7000);
    expect(faultOf(() => ioInstructions.ins(rig.cpu, instruction(['Yb', 'DX'])))).toEqual([14, 3]);
    expect(rig.board.log).toEqual([]);
    expect(rig.state.gpr(EDI)).toBe(0x7000);
  });
});

describe('the right to a port', () => {
  const TSS = 0x4000;
  const MAP = 0x68;
  const TSS32_BUSY = 0x8b;
  const inAt = (port: number, kind: 'AL' | 'eAX' = 'AL') => {
    rig.state.setGpr(EDX, port);
    return faultOf(() => ioInstructions.in(rig.cpu, instruction([kind, 'DX'])));
  };
  beforeEach(() => {
    rig.cpu.setCpl(3);
    rig.state.setSegment(TR, 0x28, TSS, MAP + 0x80, TSS32_BUSY);
    rig.state.ram.fill(0xff, TSS, TSS + 0x200);
    rig.state.ram.set([MAP, 0], TSS + 102);
  });
  const allow = (port: number): void => {
    rig.state.ram[TSS + MAP + (port >> 3)]! &= ~(1 << (port & 7));
  };

  it('follows the bit of every port of the access', () => {
    expect(inAt(0x3f8)).toEqual([13, 0]);
    allow(0x3f8);
    expect(inAt(0x3f8)).toBeUndefined();
    expect(inAt(0x3f8, 'eAX')).toEqual([13, 0]);
    for (const port of [0x3e, 0x3f, 0x40, 0x41]) allow(port);
    expect(inAt(0x3e, 'eAX')).toBeUndefined();
    expect(inAt(0x3f, 'eAX')).toEqual([13, 0]);
  });

  it('ends with the limit of the TSS, whose last byte grants nothing', () => {
    rig.state.ram.fill(0, TSS + MAP, TSS + 0x200);
    expect(inAt(0x3ff)).toBeUndefined();
    expect(inAt(0x400)).toEqual([13, 0]);
  });

  it('comes with IOPL, except in virtual-8086 mode', () => {
    rig.state.set(STATE.eflags, 2 | EFLAGS.IOPL);
    expect(inAt(0x3f8)).toBeUndefined();
    rig.state.set(STATE.eflags, 2 | EFLAGS.IOPL | EFLAGS.VM);
    expect(inAt(0x3f8)).toEqual([13, 0]);
    allow(0x3f8);
    expect(inAt(0x3f8)).toBeUndefined();
  });

  it('is not granted by a 16-bit TSS', () => {
    allow(0x3f8);
    rig.state.setSegment(TR, 0x28, TSS, MAP + 0x80, 0x83);
    expect(inAt(0x3f8)).toEqual([13, 0]);
  });

  it('reads the TSS with supervisor rights', () => {
    enablePaging(rig);
    allow(0x3f8);
    setPage(rig, TSS, TSS | 1);
    expect(inAt(0x3f8)).toBeUndefined();
  });
});

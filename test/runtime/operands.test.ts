import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Access,
  effectiveAddress,
  linearAddress,
  operandBits,
  readRegister,
  readRm,
  writeRegister,
  writeRm,
} from '../../runtime/host/operands.ts';
import { CS, DS, ES, SS, STATE } from '../../translator/layout.ts';
import { instruction } from './instruction.ts';
import { createRig, FLAT_DATA, faultOf, type Rig } from './memory-rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = createRig();
});

describe('registers', () => {
  it('are read and written in part', () => {
    rig.state.setGpr(1, 0x8899_aabb | 0);
    expect([1, 5].map((index) => readRegister(rig.state, index, 8))).toEqual([0xbb, 0xaa]);
    expect(readRegister(rig.state, 1, 16)).toBe(0xaabb);
    expect(readRegister(rig.state, 1, 32)).toBe(0x8899_aabb | 0);
    writeRegister(rig.state, 5, 8, 0x1ff);
    writeRegister(rig.state, 1, 8, 0x17);
    expect(rig.state.gpr(1)).toBe(0x8899_ff17 | 0);
    writeRegister(rig.state, 1, 16, -1);
    expect(rig.state.gpr(1)).toBe(0x8899_ffff | 0);
  });
});

describe('operand widths', () => {
  it('follow from the notation', () => {
    const wide = instruction(['Eb', 'Gw', 'Ed', 'Ev', 'AL', 'DX', 'eAX', 'Yb'], { operandSize: 16 });
    expect(wide.line.operands.map((_, position) => operandBits(wide, position))).toEqual([8, 16, 32, 16, 8, 16, 16, 8]);
  });
});

describe('effective addresses', () => {
  it('add base, scaled index and displacement, wrapped to the address size', () => {
    rig.state.setGpr(3, 0xffff_fff0 | 0);
    rig.state.setGpr(6, 0x4000_0010);
    const fields = { base: 3, index: 6, scale: 2, displacement: -1 };
    expect(effectiveAddress(rig.cpu, instruction([], fields))).toBe(0x2f);
    expect(effectiveAddress(rig.cpu, instruction([], { base: 3, displacement: -0x11 }))).toBe(0xffff_ffdf);
    expect(effectiveAddress(rig.cpu, instruction([], { ...fields, scale: 0, addressSize: 16 }))).toBe(0xffff);
  });
});

describe('segments', () => {
  const GP = [13, 0];
  const DATA16 = 0x93;
  const EXPAND_DOWN = 0x97;
  const BIG = 0x4000;
  const CODE_READABLE = 0x9b;
  const CODE_EXECUTE_ONLY = 0x99;

  it.each<[string, number, number, number, number, Access, boolean]>([
    ['last byte', 0xfff, DATA16, 0xfff, 1, 'write', true],
    ['first byte behind', 0xfff, DATA16, 0x1000, 1, 'read', false],
    ['doubleword across the limit', 0xfff, DATA16, 0xffd, 4, 'read', false],
    ['doubleword up to the limit', 0xfff, DATA16, 0xffc, 4, 'read', true],
    ['wrapping in a flat segment', 0xffff_ffff, FLAT_DATA, 0xffff_fffe, 4, 'write', true],
    ['expand-down, at the limit', 0xfff, EXPAND_DOWN, 0xfff, 1, 'read', false],
    ['expand-down, above the limit', 0xfff, EXPAND_DOWN, 0x1000, 4, 'write', true],
    ['expand-down, across 64 KB', 0xfff, EXPAND_DOWN, 0xfffe, 4, 'read', false],
    ['big expand-down, across 64 KB', 0xfff, EXPAND_DOWN | BIG, 0xfffe, 4, 'read', true],
    ['reading readable code', 0xfff, CODE_READABLE, 0, 1, 'read', true],
    ['writing readable code', 0xfff, CODE_READABLE, 0, 1, 'write', false],
    ['reading execute-only code', 0xfff, CODE_EXECUTE_ONLY, 0, 1, 'read', false],
    ['writing read-only data', 0xfff, 0x91, 0, 1, 'write', false],
    ['a null selector', 0, 0, 0, 1, 'read', false],
  ])('%s', (_, limit, access, offset, bytes, wanted, allowed) => {
    rig.state.setSegment(DS, 8, 0x1_0000, limit, access);
    const fault = faultOf(() => linearAddress(rig.cpu, DS, offset, bytes, wanted));
    expect(fault).toEqual(allowed ? undefined : GP);
  });

  it('raise #SS for the stack', () => {
    rig.state.setSegment(SS, 8, 0, 0xfff, DATA16);
    expect(faultOf(() => linearAddress(rig.cpu, SS, 0xfff, 2, 'read'))).toEqual([12, 0]);
  });

  it('have limits but no types in real mode', () => {
    rig.state.set(STATE.cr0, 0);
    rig.state.setSegment(CS, 0xf000, 0xf_0000, 0xffff, CODE_READABLE);
    expect(linearAddress(rig.cpu, CS, 0xffff, 1, 'write')).toBe(0xf_ffff);
    expect(faultOf(() => linearAddress(rig.cpu, CS, 0xffff, 2, 'read'))).toEqual(GP);
  });

  it('wrap base and offset at 4 GiB', () => {
    rig.state.setSegment(ES, 8, 0xffff_f000 | 0, 0xffff_ffff, FLAT_DATA);
    expect(linearAddress(rig.cpu, ES, 0x1800, 1, 'read')).toBe(0x800);
    expect(linearAddress(rig.cpu, ES, 0x10, 1, 'read')).toBe(0xffff_f010 | 0);
  });
});

describe('ModRM operands', () => {
  it('are registers with mod 3, memory otherwise', () => {
    rig.state.setGpr(7, 0xdead_beef | 0);
    const register = instruction(['Ew'], { modrm: 0xc7 });
    expect(readRm(rig.cpu, register, 16)).toBe(0xbeef);
    writeRm(rig.cpu, register, 8, 0x11);
    expect(rig.state.gpr(3)).toBe(0x1100);
    const memory = instruction(['Ew'], { modrm: 0x05, displacement: 0x1234 });
    writeRm(rig.cpu, memory, 32, 0x8765_4321);
    expect(readRm(rig.cpu, memory, 16)).toBe(0x4321);
    expect(readRm(rig.cpu, memory, 32)).toBe(0x8765_4321 | 0);
    expect(rig.state.ram[0x1237]).toBe(0x87);
  });
});

/** Decimal adjustments. SDM vol. 2; undefined flags as processors leave them. */
import { EFLAGS } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { readArithmeticFlags, writeArithmeticFlags } from '../flags.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';

const { CF, PF, AF, ZF, SF } = EFLAGS;
const EAX = 0;

const al = (state: CpuState): number => state.gpr(EAX) & 0xff;
const ax = (state: CpuState): number => state.gpr(EAX) & 0xffff;
const setAl = (state: CpuState, value: number): void => state.setGpr(EAX, (state.gpr(EAX) & ~0xff) | (value & 0xff));
const setAx = (state: CpuState, value: number): void =>
  state.setGpr(EAX, (state.gpr(EAX) & ~0xffff) | (value & 0xffff));

const evenParity = (value: number): boolean => {
  value ^= value >> 4;
  value ^= value >> 2;
  return ((value ^ (value >> 1)) & 1) === 0;
};
/** SF, ZF and PF of a byte. */
const byteFlags = (value: number): number =>
  (value & 0x80 ? SF : 0) | ((value & 0xff) === 0 ? ZF : 0) | (evenParity(value & 0xff) ? PF : 0);

/** DAA and DAS: `sign` is the direction of the correction. */
const adjustPacked =
  (sign: 1 | -1): HostInstruction =>
  ({ state }) => {
    const flags = readArithmeticFlags(state);
    const old = al(state);
    let value = old;
    let next = 0;
    if ((old & 0xf) > 9 || flags & AF) {
      value += sign * 6;
      next |= AF;
      if (sign < 0 && (old < 6 || flags & CF)) next |= CF;
    }
    if (old > 0x99 || flags & CF) {
      value += sign * 0x60;
      next |= CF;
    }
    setAl(state, value);
    writeArithmeticFlags(state, next | byteFlags(value));
  };

/** AAA and AAS. */
const adjustUnpacked =
  (sign: 1 | -1): HostInstruction =>
  ({ state }) => {
    let next = 0;
    if ((al(state) & 0xf) > 9 || readArithmeticFlags(state) & AF) {
      setAx(state, ax(state) + sign * 0x106);
      next = AF | CF;
    }
    setAl(state, al(state) & 0xf);
    writeArithmeticFlags(state, next | byteFlags(al(state)));
  };

const aam: HostInstruction = ({ state }, { immediate }) => {
  const base = immediate & 0xff;
  if (base === 0) throw new GuestFault(VECTOR.DE);
  const value = al(state);
  setAx(state, (Math.floor(value / base) << 8) | (value % base));
  writeArithmeticFlags(state, byteFlags(al(state)));
};

const aad: HostInstruction = ({ state }: Cpu, { immediate }) => {
  const value = (al(state) + (ax(state) >> 8) * (immediate & 0xff)) & 0xff;
  setAx(state, value);
  writeArithmeticFlags(state, byteFlags(value));
};

export const DECIMAL: Record<string, HostInstruction> = {
  daa: adjustPacked(1),
  das: adjustPacked(-1),
  aaa: adjustUnpacked(1),
  aas: adjustUnpacked(-1),
  aam,
  aad,
};

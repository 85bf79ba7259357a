/** Packed decimal integers of 18 digits. SDM vol. 1, 4.7; vol. 2, FBLD, FBSTP. */
import { BIAS, EXCEPTION, SIGN, STATUS } from '../../translator/x87/words.ts';
import type { HostInstruction } from '../cpu.ts';
import { operandAddress } from '../host/operands.ts';
import { recordPointers } from './pointers.ts';
import {
  claimFpu,
  type Extended,
  INDEFINITE,
  isEmpty,
  kindOf,
  overflow,
  pop,
  push,
  raise,
  read,
  setStatus,
  signOf,
  underflow,
} from './registers.ts';
import { bitLength, realOf, roundToInteger } from './round.ts';

const BYTES = 10;
const DIGIT_BYTES = 9;
const LIMIT = 10n ** 18n;
/** Decimal indefinite. */
const INDEFINITE_BYTES = [0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff];

/** FBLD. Digits above 9 count as they are; the manual leaves them undefined. */
const fbld: HostInstruction = (cpu, instruction) => {
  const { state, mmu } = cpu;
  claimFpu(cpu);
  const linear = operandAddress(cpu, instruction, BYTES, 'read');
  mmu.linear.probeRead(linear, BYTES);
  let value = 0n;
  for (let n = DIGIT_BYTES - 1; n >= 0; n--) {
    const byte = mmu.linear.read8((linear + n) | 0);
    value = value * 100n + BigInt((byte >> 4) * 10 + (byte & 15));
  }
  const sign = (mmu.linear.read8((linear + DIGIT_BYTES) | 0) & 0x80) << 8;
  recordPointers(cpu, instruction);
  if (!isEmpty(state, -1)) {
    if (!overflow(state)) push(state, INDEFINITE);
    return;
  }
  setStatus(state, STATUS.C1, 0);
  push(state, integer(value, sign));
};

/** An integer below 2^64 as a register holds it. */
const integer = (value: bigint, sign: number): Extended => {
  if (value === 0n) return { significand: 0n, signExponent: sign };
  const length = bitLength(value);
  return { significand: value << BigInt(64 - length), signExponent: sign | (BIAS + length - 1) };
};

/** FBSTP. */
const fbstp: HostInstruction = (cpu, instruction) => {
  const { state, mmu } = cpu;
  claimFpu(cpu);
  const linear = operandAddress(cpu, instruction, BYTES, 'write');
  mmu.linear.probeWrite(linear, BYTES);
  recordPointers(cpu, instruction);
  const put = (bytes: readonly number[]): void => {
    for (const [n, byte] of bytes.entries()) mmu.linear.write8((linear + n) | 0, byte);
    pop(state);
  };
  if (isEmpty(state, 0)) {
    if (!underflow(state)) put(INDEFINITE_BYTES);
    return;
  }
  const value = read(state, 0);
  const kind = kindOf(value);
  const finite = kind === 'zero' || kind === 'normal' || kind === 'denormal';
  const { integer: magnitude, flags } = finite
    ? roundToInteger(state, value.significand ? realOf(value) : { sign: 0, magnitude: 0n, exponent: 0 })
    : { integer: LIMIT, flags: 0 };
  if (magnitude >= LIMIT) {
    if (!raise(state, EXCEPTION.IE)) put(INDEFINITE_BYTES);
    return;
  }
  raise(state, flags);
  const digits = magnitude.toString().padStart(2 * DIGIT_BYTES, '0');
  const bytes = Array.from({ length: DIGIT_BYTES }, (_, n) =>
    Number.parseInt(digits.slice(16 - 2 * n, 18 - 2 * n), 16),
  );
  put([...bytes, signOf(value) === SIGN ? 0x80 : 0]);
};

export const X87_DECIMAL: Readonly<Record<string, HostInstruction>> = { fbld, fbstp };

/** The transcendental instructions: special operands, and the computed ones around them. SDM vol. 2, F2XM1 … FYL2XP1. */
import { BIAS, EXCEPTION, EXPONENT, SIGN, STATUS } from '../../translator/x87/words.ts';
import type { HostInstruction } from '../cpu.ts';
import type { CpuState } from '../state.ts';
import { recordPointers } from './pointers.ts';
import {
  claimFpu,
  type Extended,
  INDEFINITE,
  infinity,
  isEmpty,
  isNan,
  type Kind,
  kindOf,
  overflow,
  pop,
  push,
  quieted,
  raise,
  read,
  setStatus,
  signOf,
  underflow,
  write,
  zero,
} from './registers.ts';
import { type Real, realOf, roundToExtended } from './round.ts';
import * as compute from './transcendental.ts';

const ONE: Extended = { significand: 1n << 63n, signExponent: BIAS };
/** Operands of the trigonometric functions lie below 2^63. */
const TOO_LARGE = BIAS + 63;

/** Raises DE for denormal operands; true when it forbids going on. */
const denormal = (state: CpuState, ...kinds: Kind[]): boolean =>
  kinds.includes('denormal') && raise(state, EXCEPTION.DE);

const start = (name: string, body: (state: CpuState) => void): [string, HostInstruction] => [
  name,
  (cpu, instruction) => {
    claimFpu(cpu);
    recordPointers(cpu, instruction);
    setStatus(cpu.state, STATUS.C1, 0);
    body(cpu.state);
  },
];

// ---- One operand: FSIN, FCOS, FSINCOS, FPTAN, F2XM1 ----------------------------------------------------------

/** Results of a trigonometric function: what replaces ST(0), and what is pushed behind it. */
interface Results {
  readonly first: Extended;
  readonly pushed?: Extended;
}

/** `pushes`: the instruction has two results, the same one where there is no number. */
const trigonometric = (
  name: string,
  pushes: boolean,
  ofZero: (x: Extended) => Results,
  ofNumber: (state: CpuState, x: Real) => Results,
) =>
  start(name, (state) => {
    setStatus(state, STATUS.C2, 0);
    const deliver = ({ first, pushed }: Results): void => {
      write(state, 0, first);
      if (pushed) push(state, pushed);
    };
    const both = (value: Extended): void => deliver(pushes ? { first: value, pushed: value } : { first: value });
    if (isEmpty(state, 0)) {
      if (!underflow(state)) both(INDEFINITE);
      return;
    }
    if (pushes && !isEmpty(state, -1)) {
      if (!overflow(state)) both(INDEFINITE);
      return;
    }
    const x = read(state, 0);
    const kind = kindOf(x);
    if (kind === 'unsupported' || kind === 'infinite') {
      if (!raise(state, EXCEPTION.IE)) both(INDEFINITE);
    } else if (isNan(kind)) {
      if (kind === 'quiet' || !raise(state, EXCEPTION.IE)) both(quieted(x));
    } else if (kind === 'zero') deliver(ofZero(x));
    else if ((x.signExponent & EXPONENT) >= TOO_LARGE) setStatus(state, STATUS.C2, STATUS.C2);
    else if (!denormal(state, kind)) deliver(ofNumber(state, realOf(x)));
  });

const oneOperand = [
  trigonometric(
    'fsin',
    false,
    (first) => ({ first }),
    (state, x) => ({ first: roundToExtended(state, compute.sineCosine(x).sine) }),
  ),
  trigonometric(
    'fcos',
    false,
    () => ({ first: ONE }),
    (state, x) => ({ first: roundToExtended(state, compute.sineCosine(x).cosine) }),
  ),
  trigonometric(
    'fsincos',
    true,
    (first) => ({ first, pushed: ONE }),
    (state, x) => {
      const { sine, cosine } = compute.sineCosine(x);
      const pushed = roundToExtended(state, cosine);
      return { first: roundToExtended(state, sine), pushed };
    },
  ),
  trigonometric(
    'fptan',
    true,
    (first) => ({ first, pushed: ONE }),
    (state, x) => ({ first: roundToExtended(state, compute.tangent(x)), pushed: ONE }),
  ),
];

/** Outside −1 … 1 the result is undefined; operands come back as they are. */
const f2xm1 = start('f2xm1', (state) => {
  if (isEmpty(state, 0)) {
    if (!underflow(state)) write(state, 0, INDEFINITE);
    return;
  }
  const x = read(state, 0);
  const kind = kindOf(x);
  const exponent = x.signExponent & EXPONENT;
  if (kind === 'unsupported') {
    if (!raise(state, EXCEPTION.IE)) write(state, 0, INDEFINITE);
  } else if (isNan(kind)) {
    if (kind === 'quiet' || !raise(state, EXCEPTION.IE)) write(state, 0, quieted(x));
  } else if (kind === 'infinite') write(state, 0, signOf(x) ? { ...ONE, signExponent: SIGN | BIAS } : x);
  else if (kind === 'zero' || denormal(state, kind)) return;
  else if (exponent > BIAS || (exponent === BIAS && x.significand > ONE.significand)) raise(state, EXCEPTION.PE);
  else write(state, 0, roundToExtended(state, compute.powerOfTwoMinusOne(realOf(x))));
});

// ---- Two operands: ST(1) := f(ST(1), ST(0)), pop ---------------------------------------------------------------

/** Exact results and exceptions of special operands; undefined where there is something to compute. */
type Special = 'invalid' | 'zeroDivide' | { exactly: Extended } | { nearly: Real } | undefined;

const twoOperands = (
  name: string,
  special: (y: Extended, x: Extended, kindY: Kind, kindX: Kind) => Special,
  ofNumbers: (y: Real, x: Real) => Real,
) =>
  start(name, (state) => {
    const deliver = (value: Extended): void => {
      write(state, 1, value);
      pop(state);
    };
    if (isEmpty(state, 0) || isEmpty(state, 1)) {
      if (!underflow(state)) deliver(INDEFINITE);
      return;
    }
    const [y, x] = [read(state, 1), read(state, 0)];
    const [kindY, kindX] = [kindOf(y), kindOf(x)];
    const nan = nanOf(y, x, kindY, kindX);
    if (nan) {
      const invalid = [kindY, kindX].some((kind) => kind === 'unsupported' || kind === 'signaling');
      if (!invalid || !raise(state, EXCEPTION.IE)) deliver(nan);
      return;
    }
    const found = special(y, x, kindY, kindX);
    if (found === 'invalid') {
      if (!raise(state, EXCEPTION.IE)) deliver(INDEFINITE);
    } else if (found === 'zeroDivide') {
      if (!raise(state, EXCEPTION.ZE)) deliver(infinity(signOf(y) ^ SIGN));
    } else if (denormal(state, kindY, kindX)) return;
    else if (found === undefined) deliver(roundToExtended(state, ofNumbers(realOf(y), realOf(x))));
    else deliver('exactly' in found ? found.exactly : roundToExtended(state, found.nearly));
  });

/** The NaN that two operands make. SDM vol. 1, table 4-7. */
const nanOf = (a: Extended, b: Extended, kindA: Kind, kindB: Kind): Extended | undefined => {
  if (kindA === 'unsupported' || kindB === 'unsupported') return INDEFINITE;
  if (!isNan(kindA)) return isNan(kindB) ? quieted(b) : undefined;
  if (!isNan(kindB)) return quieted(a);
  if (kindA !== kindB) return kindA === 'quiet' ? a : b;
  if (a.significand === b.significand) return quieted(a.signExponent < b.signExponent ? a : b);
  return quieted(a.significand > b.significand ? a : b);
};

const isOne = ({ significand, signExponent }: Extended): boolean =>
  significand === ONE.significand && signExponent === BIAS;

const fpatan = twoOperands(
  'fpatan',
  (y, x, kindY, kindX) => {
    const sign = signOf(y);
    const left = signOf(x) !== 0;
    if (kindY === 'infinite') {
      if (kindX !== 'infinite')
        return { nearly: { ...compute.HALF_TURN, exponent: compute.HALF_TURN.exponent - 1, sign } };
      return { nearly: { ...(left ? compute.THREE_EIGHTHS_TURN : compute.EIGHTH_TURN), sign } };
    }
    if (kindY === 'zero' || kindX === 'infinite') {
      return left ? { nearly: { ...compute.HALF_TURN, sign } } : { exactly: zero(sign) };
    }
    if (kindX === 'zero') return { nearly: { ...compute.HALF_TURN, exponent: compute.HALF_TURN.exponent - 1, sign } };
    return undefined;
  },
  compute.angle,
);

const fyl2x = twoOperands(
  'fyl2x',
  (y, x, kindY, kindX) => {
    if (kindX === 'zero') {
      if (kindY === 'zero') return 'invalid';
      return kindY === 'infinite' ? { exactly: infinity(signOf(y) ^ SIGN) } : 'zeroDivide';
    }
    if (signOf(x)) return 'invalid';
    if (kindX === 'infinite') return kindY === 'zero' ? 'invalid' : { exactly: infinity(signOf(y)) };
    const below = (x.signExponent & EXPONENT) < BIAS ? SIGN : 0;
    if (isOne(x)) return kindY === 'infinite' ? 'invalid' : { exactly: zero(signOf(y)) };
    if (kindY === 'infinite') return { exactly: infinity(signOf(y) ^ below) };
    return kindY === 'zero' ? { exactly: zero(signOf(y) ^ below) } : undefined;
  },
  compute.logarithmTimes,
);

const fyl2xp1 = twoOperands(
  'fyl2xp1',
  (y, x, kindY, kindX) => {
    const sign = signOf(y) ^ signOf(x);
    if (kindX === 'zero') return kindY === 'infinite' ? 'invalid' : { exactly: zero(sign) };
    if (kindX === 'infinite') return kindY === 'zero' || signOf(x) ? 'invalid' : { exactly: infinity(sign) };
    if (kindY === 'infinite') return { exactly: infinity(sign) };
    if (kindY === 'zero') return { exactly: zero(sign) };
    // From −1 down, which the manual leaves undefined, processors give the operand back.
    return signOf(x) && (x.signExponent & EXPONENT) >= BIAS ? { nearly: realOf(x) } : undefined;
  },
  compute.logarithmPlusOneTimes,
);

export const X87_TRANSCENDENTAL: Readonly<Record<string, HostInstruction>> = Object.fromEntries([
  ...oneOperand,
  f2xm1,
  fpatan,
  fyl2x,
  fyl2xp1,
]);

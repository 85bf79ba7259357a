/** The words of the x87 FPU and the encodings of its 80-bit format. SDM vol. 1, 8.1 and 4.2. */
import { STATE } from '../layout.ts';

/** Exception flags: the same bits in the status word (flags) and the control word (masks). */
export const EXCEPTION = {
  /** Invalid operation. */
  IE: 0x01,
  /** Denormal operand. */
  DE: 0x02,
  /** Division by zero. */
  ZE: 0x04,
  OE: 0x08,
  UE: 0x10,
  /** Inexact result. */
  PE: 0x20,
} as const;
export const EXCEPTIONS = 0x3f;
/** Exceptions found before a result exists: unmasked, they leave registers and memory as they were. */
export const SUPPRESSING = EXCEPTION.IE | EXCEPTION.DE | EXCEPTION.ZE;

export const STATUS = {
  /** Stack fault: an invalid operation that was a stack overflow (C1 = 1) or underflow (C1 = 0). */
  SF: 0x40,
  /** Exception summary: an unmasked exception is pending. B mirrors it. */
  ES: 0x80,
  C0: 0x100,
  /** Rounded away from zero; direction of a stack fault; sign in FXAM. */
  C1: 0x200,
  C2: 0x400,
  TOP: 0x3800,
  C3: 0x4000,
  B: 0x8000,
} as const;
export const TOP_SHIFT = 11;
export const C1_SHIFT = 9;
export const CONDITION = STATUS.C0 | STATUS.C2 | STATUS.C3;
export const STACK_UNDERFLOW = EXCEPTION.IE | STATUS.SF;
export const STACK_OVERFLOW = EXCEPTION.IE | STATUS.SF | STATUS.C1;

/** Rounding and precision control. */
export const RC = 0xc00;
export const RC_SHIFT = 10;
export const ROUND_DOWN = 1;
export const ROUND_UP = 2;
export const PC = 0x300;
export const PC_SHIFT = 8;
export const PC_EXTENDED = 0x300;
/** FNINIT: all masked, 64 bits, to nearest. Bit 6 reads as 1. */
export const CONTROL_INITIAL = 0x37f;
export const CONTROL_RESERVED = 0x40;
/** Masks, PC, RC and the infinity control of the 287, which means nothing any more. */
export const CONTROL_WRITABLE = 0x1f3f;
/** What the fast paths ask of the control word: to nearest, 64 bits, precision exceptions masked. */
export const CONTROL_FAST_MASK = RC | PC | EXCEPTION.PE;
export const CONTROL_FAST = PC_EXTENDED | EXCEPTION.PE;

export const SIGN = 0x8000;
export const EXPONENT = 0x7fff;
export const BIAS = 0x3fff;
/** Largest exponent of a finite number. */
export const EXPONENT_MAX = 0x7ffe;
/** What an unmasked overflow or underflow subtracts from or adds to the exponent. SDM vol. 1, 8.5.4. */
export const WRAP = 0x6000;

export const INTEGER_BIT = 1n << 63n;
export const QUIET_BIT = 1n << 62n;
/** QNaN floating-point indefinite. */
export const INDEFINITE_SIGNIFICAND = 0xc000_0000_0000_0000n;
export const INDEFINITE_EXPONENT = 0xffff;

/** Host offset of 16 bytes where functions leave what they return besides a number, and what goes to memory. */
export const RESULT = STATE.scratch + 32;

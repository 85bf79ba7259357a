/* What the floating-point programs share. Each is compiled twice: for the x87, and for SSE2 with one number a register. */
#pragma once
#include "program.h"

static inline double square_root(double x) {
#ifdef __SSE2_MATH__
  double root;
  __asm__("sqrtsd %1, %0" : "=x"(root) : "x"(x));
  return root;
#else
  __asm__("fsqrt" : "+t"(x));
  return x;
#endif
}

/* The bits of `x` after rounding to double precision. */
static inline u32 mix_double(u32 sum, double x) {
  union { double number; u32 words[2]; } volatile bits = {.number = x};
  return mix(mix(sum, bits.words[0]), bits.words[1]);
}

/* Product of two matrices of doubles: loads, a multiplication and an addition a step. */
#include "float.h"

enum { SIDE = 48 };
static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static NOINLINE void multiply(void) {
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) {
      double sum = 0;
      for (u32 k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) a[i][j] = 1.0 / (i + j + 1), b[i][j] = (double)i - j * 0.25;
  for (u32 i = 0; i < count; i++) {
    a[i % SIDE][0] += 0.125;
    multiply();
    sum = mix_double(sum, c[i % SIDE][SIDE / 2]);
  }
  return sum;
}

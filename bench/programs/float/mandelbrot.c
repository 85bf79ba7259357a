/* Rows of the Mandelbrot set: long chains of multiplications and additions in registers. */
#include "float.h"

enum { SIDE = 64, MOST = 200 };

static NOINLINE u32 iterations(double cx, double cy) {
  double x = 0, y = 0, xx = 0, yy = 0;
  u32 n = 0;
  for (; n < MOST && xx + yy <= 4; n++) {
    y = 2 * x * y + cy, x = xx - yy + cx;
    xx = x * x, yy = y * y;
  }
  return n;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    double cy = (double)(i % SIDE) / SIDE * 2 - 1;
    for (u32 column = 0; column < SIDE; column++) sum = mix(sum, iterations((double)column / SIDE * 3 - 2.25, cy));
  }
  return sum;
}

/*
 * The x87's own functions: sine, cosine, arc tangent, logarithm, power of two. Processors differ in the last bits, so
 * that the checksum has six decimals.
 */
#include "float.h"

static double sine(double x) {
  __asm__("fsin" : "+t"(x));
  return x;
}

static double cosine(double x) {
  __asm__("fcos" : "+t"(x));
  return x;
}

static double arc_tangent(double y, double x) {
  double result;
  __asm__("fpatan" : "=t"(result) : "0"(x), "u"(y) : "st(1)");
  return result;
}

static double y_log2_x(double y, double x) {
  double result;
  __asm__("fyl2x" : "=t"(result) : "0"(x), "u"(y) : "st(1)");
  return result;
}

static double power_of_two_less_one(double x) {
  __asm__("f2xm1" : "+t"(x));
  return x;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  double total = 0;
  for (u32 i = 0; i < count; i++) {
    double x = (double)(i & 0xFFFF) / 8192 + 0.001;
    total += sine(x) * cosine(x / 2);
    total += arc_tangent(x, 3) - y_log2_x(0.25, x);
    total += power_of_two_less_one(x / 16);
  }
  return (u32)(s64)(total * 1e6 + 0.5);
}

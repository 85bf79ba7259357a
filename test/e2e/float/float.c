/*
 * Computes with SSE2, SSE, MMX and the x87 FPU and prints what came out, in hexadecimal: results that the slightest
 * error would change. A program without a C library; between its steps it gives way to others, which must not disturb
 * its registers.
 */
#include <asm/unistd.h>
#include <emmintrin.h>
#include <stdint.h>

#define STEPS 20000
#define BETWEEN_YIELDS 500

static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}
static void give_way(int step) {
  if (step % BETWEEN_YIELDS == 0) call(__NR_sched_yield, 0, 0, 0);
}

static char line[128];
static int length;
static void text(const char *s) {
  while (*s) line[length++] = *s++;
}
static void hex(uint64_t value, int digits) {
  line[length++] = ' ';
  while (digits--) line[length++] = "0123456789abcdef"[(value >> (4 * digits)) & 15];
}
static void end(void) {
  line[length++] = '\n';
  call(__NR_write, 1, (long)line, length);
  length = 0;
}
static uint64_t bits64(double x) {
  union { double f; uint64_t u; } both = {x};
  return both.u;
}
static uint32_t bits32(float x) {
  union { float f; uint32_t u; } both = {x};
  return both.u;
}

/* The logistic map: every rounding counts, and soon changes all digits. */
static void doubles(void) {
  double x = 0.3, sum = 0;
  for (int n = 1; n <= STEPS; n++) {
    x = 3.9 * x * (1 - x);
    sum += __builtin_sqrt(x) / n;
    give_way(n);
  }
  text("doubles"), hex(bits64(x), 16), hex(bits64(sum), 16), end();
}
static void singles(void) {
  float x = 0.3f, sum = 0;
  for (int n = 1; n <= STEPS; n++) {
    x = 3.9f * x * (1 - x);
    sum += x / n;
    give_way(n);
  }
  text("singles"), hex(bits32(x), 8), hex(bits32(sum), 8), end();
}
/* Four maps side by side. */
static void packed(void) {
  __m128 x = _mm_set_ps(0.1f, 0.2f, 0.3f, 0.4f), one = _mm_set1_ps(1), r = _mm_set1_ps(3.9f);
  for (int n = 1; n <= STEPS; n++) {
    x = _mm_mul_ps(_mm_mul_ps(r, x), _mm_sub_ps(one, x));
    give_way(n);
  }
  float lanes[4];
  _mm_storeu_ps(lanes, x);
  text("packed");
  for (int n = 0; n < 4; n++) hex(bits32(lanes[n]), 8);
  end();
}
static void integers(void) {
  __m128i a = _mm_set_epi16(1, -2, 3, -4, 5, -6, 7, -8), sum = _mm_setzero_si128();
  for (int n = 1; n <= STEPS; n++) {
    sum = _mm_add_epi32(sum, _mm_madd_epi16(a, a));
    a = _mm_add_epi16(_mm_mullo_epi16(a, _mm_set1_epi16(31)), _mm_set1_epi16(17));
    give_way(n);
  }
  uint32_t lanes[4];
  _mm_storeu_si128((__m128i *)lanes, sum);
  text("integers");
  for (int n = 0; n < 4; n++) hex(lanes[n], 8);
  end();
}
static void x87(void) {
  long double x = 0.3L, sum = 0;
  for (int n = 1; n <= STEPS; n++) {
    x = 3.9L * x * (1 - x);
    sum += __builtin_sqrtl(x) / n;
    give_way(n);
  }
  union { long double f; struct { uint64_t significand; uint16_t exponent; } parts; } map = {x}, total = {sum};
  text("x87"), hex(map.parts.exponent, 4), hex(map.parts.significand, 16);
  hex(total.parts.exponent, 4), hex(total.parts.significand, 16), end();
}
static void mmx(void) {
  uint64_t value = 0x0123456789abcdefULL, step = 0x1f00ff03fe05fd07ULL;
  __asm__ volatile("movq %0, %%mm0\n\tmovq %1, %%mm1" : : "m"(value), "m"(step));
  for (int n = 1; n <= STEPS; n++) {
    __asm__ volatile("paddusw %mm1, %mm0\n\tpxor %mm0, %mm1\n\tpsrlq $3, %mm0\n\tpackuswb %mm1, %mm0\n\tpaddb %mm1, %mm0");
    give_way(n);
  }
  __asm__ volatile("movq %%mm0, %0\n\tmovq %%mm1, %1\n\temms" : "=m"(value), "=m"(step));
  text("mmx"), hex(value, 16), hex(step, 16), end();
}

__attribute__((used)) static void run(void) {
  doubles();
  singles();
  packed();
  integers();
  x87();
  mmx();
  text("mxcsr"), hex(_mm_getcsr(), 8), end();
  call(__NR_exit_group, 0, 0, 0);
}
__asm__(".globl _start\n_start:\n  and $-16, %esp\n  push $0\n  jmp run\n");

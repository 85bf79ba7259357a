/*
 * x87 with known answers, in two processes at once so that the registers must be switched: a result that the other's
 * work leaks into differs.
 */
#include "program.h"

enum { ROUNDS = 300 };

static long double root(long double value) {
  __asm__("fsqrt" : "+t"(value));
  return value;
}

static long double sine(long double value) {
  __asm__("fsin" : "+t"(value));
  return value;
}

/* log2(x) * y */
static long double logarithm(long double x, long double y) {
  __asm__("fyl2x" : "+t"(x) : "u"(y) : "st(1)");
  return x;
}

static bool close_to(long double a, long double b) {
  long double difference = a - b;
  return difference < 1e-15L && difference > -1e-15L;
}

/* pi by Machin's formula: 16 atan(1/5) - 4 atan(1/239) */
static long double arctangent_of_inverse(u32 n) {
  long double term = 1.0L / n, sum = 0;
  for (u32 i = 1; i < 60; i += 2, term /= (long double)n * n) sum += (i & 2 ? -term : term) / i;
  return sum;
}

/* A sum that stays in registers while the other process runs. */
static long double harmonic(u32 terms, u32 sign) {
  long double sum = 0;
  for (u32 i = 1; i <= terms; i++) sum += (sign ? -1.0L : 1.0L) / i;
  return sum;
}

static u32 checks_run(u32 sign) {
  u32 failures = 0;
  long double pi = 16 * arctangent_of_inverse(5) - 4 * arctangent_of_inverse(239);
  failures += !close_to(pi, 3.14159265358979323846L);
  failures += !close_to(root(2), 1.41421356237309504880L);
  failures += !close_to(sine(pi / 6), 0.5L);
  failures += !close_to(logarithm(10, 1), 3.32192809488736234787L);
  long double expected = sign ? -9.78760603604438226417L : 9.78760603604438226417L;
  for (u32 round = 0; round < ROUNDS; round++) failures += !close_to(harmonic(10000, sign), expected);
  return failures;
}

/* With division by zero unmasked the process must die of it, at the next x87 instruction. */
static bool exception_kills(void) {
  s32 status = 0, pid = fork();
  if (pid == 0) {
    u16 control = 0x37B;
    __asm__ volatile("fldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" ::"m"(control));
    exit(0);
  }
  return waitpid(pid, &status, 0) == pid && status == SIGFPE;
}

int main(void) {
  s32 status = -1, pid = fork();
  u32 failures = checks_run(pid == 0);
  if (pid == 0) exit(failures != 0);
  failures += waitpid(pid, &status, 0) != pid || status != 0;
  failures += !exception_kills();
  print("fptest: %s\n", failures ? "FAILED" : "ok");
  return failures != 0;
}

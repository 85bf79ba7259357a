/* An interpreter of a small stack machine: one switch, jumped through at every instruction. */
#include "program.h"

enum operation { PUSH, LOAD, STORE, ADD, SUB, MUL, AND, XOR, SHR, LESS, BRANCH_ZERO, JUMP, CALL, RETURN, HALT };
enum variable { N, STEPS, LIMIT, TOTAL };

#define OPERAND(value) (u8)(value)

/* Total of the Collatz steps of the numbers below LIMIT; the step itself is a subroutine at 48. */
static const u8 code[] = {
    /*  0 */ PUSH, OPERAND(1), STORE, STEPS,
    /*  4 */ LOAD, STEPS, LOAD, LIMIT, LESS, BRANCH_ZERO, OPERAND(42),
    /* 11 */ LOAD, STEPS, STORE, N,
    /* 15 */ PUSH, OPERAND(1), LOAD, N, LESS, BRANCH_ZERO, OPERAND(33),
    /* 22 */ CALL, OPERAND(48), LOAD, TOTAL, PUSH, OPERAND(1), ADD, STORE, TOTAL, JUMP, OPERAND(15),
    /* 33 */ LOAD, STEPS, PUSH, OPERAND(1), ADD, STORE, STEPS, JUMP, OPERAND(4),
    /* 42 */ LOAD, TOTAL, PUSH, OPERAND(0), SUB, HALT,
    /* 48 */ LOAD, N, PUSH, OPERAND(1), AND, BRANCH_ZERO, OPERAND(65),
    /* 55 */ LOAD, N, PUSH, OPERAND(3), MUL, PUSH, OPERAND(1), ADD, STORE, N,
    /* 65: the odd case comes here too, for 3n + 1 is even */ LOAD, N, PUSH, OPERAND(1), SHR, STORE, N, RETURN,
};

static u32 variables[4];

static NOINLINE u32 run(void) {
  u32 stack[32], *top = stack, returns[8], *frame = returns, pc = 0;
  for (;;) {
    switch ((enum operation)code[pc++]) {
      case PUSH: *++top = code[pc++]; break;
      case LOAD: *++top = variables[code[pc++]]; break;
      case STORE: variables[code[pc++]] = *top--; break;
      case ADD: top--, *top += top[1]; break;
      case SUB: top--, *top -= top[1]; break;
      case MUL: top--, *top *= top[1]; break;
      case AND: top--, *top &= top[1]; break;
      case XOR: top--, *top ^= top[1]; break;
      case SHR: top--, *top >>= top[1] & 31; break;
      case LESS: top--, *top = *top < top[1]; break;
      case BRANCH_ZERO: pc = *top-- ? pc + 1 : code[pc]; break;
      case JUMP: pc = code[pc]; break;
      case CALL: *frame++ = pc + 1, pc = code[pc]; break;
      case RETURN: pc = *--frame; break;
      case HALT: return *top;
    }
  }
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    variables[TOTAL] = 0, variables[LIMIT] = 2000 + (i & 63);
    sum = mix(sum, run());
  }
  return sum;
}

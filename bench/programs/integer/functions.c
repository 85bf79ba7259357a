/* 512 small functions, each called from many places: what a large program's calls look like. */
#include "program.h"

/* The 32 leaves of a group and their caller. __COUNTER__ makes every leaf another function. */
#define LEAF(n) \
  static NOINLINE u32 leaf##n(u32 x) { \
    u32 y = __COUNTER__; \
    for (u32 i = 0; i < 3; i++) y += x >> (y & 7) ^ __COUNTER__; \
    return y & 1 ? y - x : y + (x >> 3); \
  }
#define EIGHT(what, n) what(n##0) what(n##1) what(n##2) what(n##3) what(n##4) what(n##5) what(n##6) what(n##7)
#define ALL(what, n) EIGHT(what, n##0) EIGHT(what, n##1) EIGHT(what, n##2) EIGHT(what, n##3)
#define CALL_LEAF(n) x += leaf##n(x);
#define GROUP(n) \
  ALL(LEAF, n) \
  static NOINLINE u32 group##n(u32 x) { \
    ALL(CALL_LEAF, n) \
    return x; \
  }
#define SIXTEEN(what) \
  what(_a) what(_b) what(_c) what(_d) what(_e) what(_f) what(_g) what(_h) \
  what(_i) what(_j) what(_k) what(_l) what(_m) what(_n) what(_o) what(_p)

SIXTEEN(GROUP)

#define CALL_GROUP(n) x = group##n(x);

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 x = 1;
  for (u32 i = 0; i < count; i++) {
    SIXTEEN(CALL_GROUP)
    x += i;
  }
  return x;
}

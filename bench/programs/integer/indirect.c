/* Calls through function pointers: a site with one target, and one that sees eight in no simple order. */
#include "program.h"

typedef u32 function(u32);
#define FUNCTION(n, expression) \
  static NOINLINE u32 function##n(u32 x) { return expression; }
FUNCTION(0, x + 0x1234567)
FUNCTION(1, x * 5)
FUNCTION(2, x ^ x >> 7)
FUNCTION(3, x - 99)
FUNCTION(4, x << 3 | x >> 29)
FUNCTION(5, ~x)
FUNCTION(6, x & 1 ? x + 3 : x >> 1)
FUNCTION(7, x * x + 1)

static function *volatile table[8] = {function0, function1, function2, function3, function4, function5, function6, function7};

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 x = 1;
  for (u32 i = 0; i < count; i++)
    for (u32 j = 0; j < 1000; j++) {
      x = table[0](x);
      x = table[x >> 11 & 7](x);
    }
  return x;
}

/* A walk through pointers in random order over 2 MiB: every step is a load that depends on the last. */
#include "program.h"

enum { LENGTH = 32768, STEPS = 100000 };
struct node { struct node *next; u32 value, pad[14]; };

static struct node nodes[LENGTH];

/* One cycle through all nodes: Sattolo's shuffle. */
static void link_nodes(void) {
  static u32 order[LENGTH];
  u32 seed = 12345;
  for (u32 i = 0; i < LENGTH; i++) order[i] = i;
  for (u32 i = LENGTH - 1; i > 0; i--) {
    u32 j = next_random(&seed) % i, kept = order[i];
    order[i] = order[j], order[j] = kept;
  }
  for (u32 i = 0; i < LENGTH; i++) nodes[i] = (struct node){.next = &nodes[order[i]], .value = i * 7};
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  link_nodes();
  struct node *at = nodes;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++)
    for (u32 step = 0; step < STEPS; step++) sum += at->value, at = at->next;
  return sum;
}

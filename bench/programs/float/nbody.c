/* Bodies that attract each other: multiplication, addition, square root and division on structures in memory. */
#include "float.h"

enum { BODIES = 5 };
struct body { double place[3], speed[3], mass; };
static struct body bodies[BODIES];

/* A heavy one in the middle, the others on circles around it. */
static void place(void) {
  for (u32 i = 0; i < BODIES; i++) {
    double distance = 1.5 * i * i;
    bodies[i] = (struct body){
        .place = {distance, 0.1 * i, -0.05 * i},
        .speed = {0.01 * i, i ? square_root(40.0 / distance) : -0.02, 0.005 * i},
        .mass = i ? 0.03 / i : 40.0,
    };
  }
}

static NOINLINE void advance(double time) {
  for (u32 i = 0; i < BODIES; i++)
    for (u32 j = i + 1; j < BODIES; j++) {
      struct body *a = &bodies[i], *b = &bodies[j];
      double gap[3], square = 0;
      for (u32 k = 0; k < 3; k++) gap[k] = a->place[k] - b->place[k], square += gap[k] * gap[k];
      double force = time / (square * square_root(square));
      for (u32 k = 0; k < 3; k++) {
        a->speed[k] -= gap[k] * b->mass * force;
        b->speed[k] += gap[k] * a->mass * force;
      }
    }
  for (u32 i = 0; i < BODIES; i++)
    for (u32 k = 0; k < 3; k++) bodies[i].place[k] += time * bodies[i].speed[k];
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  place();
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    for (u32 step = 0; step < 100; step++) advance(0.001);
    sum = mix_double(sum, bodies[i % BODIES].place[0]);
  }
  return sum;
}

/* fork, copy-on-write, pipes and wait: every child adds a number to its own copy of a table and sends the sum home. */
#include "program.h"

enum { DEFAULT_ROUNDS = 50, TABLE_SIZE = 4096, CHILDREN = 4 };

static u32 table[TABLE_SIZE];

static u32 table_sum(void) {
  u32 sum = 0;
  for (u32 i = 0; i < TABLE_SIZE; i++) sum += table[i];
  return sum;
}

static void child_run(s32 fd, u32 number) {
  for (u32 i = 0; i < TABLE_SIZE; i++) table[i] += number;
  u32 sum = table_sum();
  write_all(fd, &sum, sizeof sum);
  exit((s32)number);
}

/* One round: CHILDREN children at once. Returns the total of what they sent; counts wrong exit codes. */
static u32 round_run(u32 *failures) {
  s32 fds[2], pids[CHILDREN];
  u32 total = 0, sum;
  if (pipe(fds) < 0) return 0;
  for (u32 i = 0; i < CHILDREN; i++) {
    pids[i] = fork();
    if (pids[i] == 0) child_run(fds[1], i + 1);
    if (pids[i] < 0) ++*failures;
  }
  close(fds[1]);
  while (read(fds[0], &sum, sizeof sum) == sizeof sum) total += sum;
  close(fds[0]);
  for (u32 i = 0; i < CHILDREN; i++) {
    s32 status = -1;
    if (waitpid(pids[i], &status, 0) != pids[i] || !exited(status) || exit_code(status) != i + 1) ++*failures;
  }
  return total;
}

int main(int count, char **arguments) {
  u32 rounds = parse_number(count > 1 ? arguments[1] : NULL, DEFAULT_ROUNDS), failures = 0;
  for (u32 i = 0; i < TABLE_SIZE; i++) table[i] = i;
  u32 before = table_sum(), expected = CHILDREN * before + TABLE_SIZE * (CHILDREN * (CHILDREN + 1) / 2);
  for (u32 round = 0; round < rounds; round++)
    if (round_run(&failures) != expected || table_sum() != before) failures++;
  print("forktest: %u rounds of %u children, %s\n", rounds, (u32)CHILDREN, failures ? "FAILED" : "ok");
  return failures != 0;
}

/* Processes: a tree of forks, programs started, a pipeline. */
#include "workload.h"

enum { TREE_DEPTH = 5, EXECS = 40, PIPELINE = 3, STREAM_BYTES = 1 << 20, CHUNK = 4096 };

/* Every node hands its checksum up through a pipe; children end in any order, sums do not care. */
static u32 grow(u32 depth, u32 seed) {
  if (!depth) return mix(2166136261u, seed);
  s32 ends[2];
  must("pipe", pipe(ends));
  for (u32 branch = 0; branch < 2; branch++) {
    s32 pid = must("fork", fork());
    if (pid) continue;
    u32 sum = grow(depth - 1, seed * 2 + branch);
    write_all(ends[1], &sum, sizeof sum);
    exit(0);
  }
  u32 total = seed;
  for (u32 branch = 0; branch < 2; branch++) {
    u32 sum;
    s32 status;
    read_all(ends[0], &sum, sizeof sum);
    total += sum;
    must("waitpid", waitpid(-1, &status, 0));
    expect("status of a child", status == 0);
  }
  return mix(total, depth);
}

u32 run_forks(const char *disk) {
  (void)disk;
  return grow(TREE_DEPTH, 1);
}

u32 run_execs(const char *disk) {
  static const char *const environment[] = {NULL};
  u32 sum = 0;
  (void)disk;
  for (u32 i = 0; i < EXECS; i++) {
    char number[12];
    const char *const words[] = {program_path, "exit", number, NULL};
    s32 status;
    format_number(number, i * 7 % 200);
    s32 pid = must("fork", fork());
    if (!pid) fail("execve", execve(program_path, words, environment));
    must("waitpid", waitpid(pid, &status, 0));
    sum = mix(sum, (u32)status);
  }
  return sum;
}

/* Passes on what it reads, changed. */
static void filter(s32 from, s32 to, u32 key) {
  static u8 chunk[CHUNK];
  for (u32 done = 0; done < STREAM_BYTES; done += CHUNK) {
    read_all(from, chunk, CHUNK);
    for (u32 i = 0; i < CHUNK; i++) chunk[i] = (u8)(chunk[i] * 5 + key);
    write_all(to, chunk, CHUNK);
  }
}

static void produce(s32 to) {
  static u32 chunk[CHUNK / sizeof(u32)];
  u32 state = 12345;
  for (u32 done = 0; done < STREAM_BYTES; done += CHUNK) {
    for (u32 i = 0; i < ARRAY_LENGTH(chunk); i++) chunk[i] = next_random(&state);
    write_all(to, chunk, CHUNK);
  }
}

/* A child that runs one stage; the end to read its output from. */
static s32 stage(s32 from, u32 number) {
  s32 ends[2];
  must("pipe", pipe(ends));
  s32 pid = must("fork", fork());
  if (!pid) {
    close(ends[0]);
    if (number) filter(from, ends[1], number);
    else produce(ends[1]);
    exit(0);
  }
  close(ends[1]);
  if (from >= 0) close(from);
  return ends[0];
}

u32 run_pipes(const char *disk) {
  static u8 chunk[CHUNK];
  u32 sum = 2166136261u;
  s32 from = -1, status;
  (void)disk;
  for (u32 number = 0; number <= PIPELINE; number++) from = stage(from, number);
  for (u32 done = 0; done < STREAM_BYTES; done += CHUNK) {
    read_all(from, chunk, CHUNK);
    sum = checksum_of(sum, chunk, CHUNK);
  }
  for (u32 number = 0; number <= PIPELINE; number++) {
    must("waitpid", waitpid(-1, &status, 0));
    expect("status of a stage", status == 0);
  }
  return sum;
}

/* A workload for kernels: every part prints a checksum that no machine, clock or hypervisor may change. */
#include "workload.h"

static const struct part {
  const char *name;
  u32 (*run)(const char *disk);
} parts[] = {
  {"fork", run_forks},         {"exec", run_execs},           {"pipe", run_pipes},       {"memory", run_memory},
  {"mapping", run_file_mapping}, {"signals", run_signals},    {"alarms", run_alarms},    {"disk", run_disk},
  {"float", run_float},        {"segments", run_segments},    {"privilege", run_privilege}, {"steps", run_steps},
  {"clock", run_clock},
};

static void report(const char *name, u32 checksum) {
  char line[64], *end = append(append(line, name), " ");
  end = append(format_number(end, checksum), "\n");
  write_all(STDOUT, line, (u32)(end - line));
}

/* Each part has a process of its own: what it leaves behind does not reach the next. */
static void run(const struct part *part, const char *disk) {
  s32 pid = must("fork", fork());
  if (!pid) {
    report(part->name, part->run(disk));
    exit(0);
  }
  wait_for(pid);
}

/* workload DISK [PART]; `workload exit N` is what the exec part starts. */
__attribute__((noreturn, used)) void program_start(u32 argc, char **argv) {
  program_path = argv[0];
  if (argc == 3 && equal(argv[1], "exit")) exit((s32)parse_number(argv[2]));
  if (argc < 2) fail("usage: workload DISK [PART]", 0);
  for (u32 i = 0; i < ARRAY_LENGTH(parts); i++)
    if (argc < 3 || equal(argv[2], parts[i].name)) run(&parts[i], argv[1]);
  static const char done[] = "workload done\n";
  write_all(STDOUT, done, sizeof done - 1);
  exit(0);
}

/* The frame of a measured program: count in, checksum and time out. */
#include "program.h"

struct timespec { s32 seconds, nanoseconds; };

/* 32 bits of microseconds hold 71 minutes, longer than any run. */
static u32 microseconds(void) {
  struct timespec now;
  must("clock_gettime", system_call(SYS_clock_gettime, CLOCK_MONOTONIC, &now));
  return (u32)now.seconds * 1000000u + (u32)now.nanoseconds / 1000u;
}

/* Prints one line that whoever started the program reads: checksum and time that the work took. */
static void report(u32 checksum, u32 time) {
  char line[64], *end = append(line, "result checksum=");
  end = format_number(end, checksum);
  end = format_number(append(end, " us="), time);
  end = append(end, "\n");
  write(STDOUT, line, (u32)(end - line));
}

__attribute__((noreturn, used)) void program_start(u32 argc, char **argv) {
  program_path = argv[0];
  if (argc < 2) fail("count", 0);
  u32 count = parse_number(argv[argc - 1]);
  argv[argc - 1] = NULL;
  u32 begin = microseconds();
  u32 checksum = work(count, argv + 1);
  report(checksum, microseconds() - begin);
  exit(0);
}

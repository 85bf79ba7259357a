#include "shell.h"

/* Replaces standard input or output. */
static void redirect(const char *path, u32 flags, s32 onto) {
  s32 fd = open(path, flags, 0644);
  if (fd < 0) exit(complain("sh", path, fd));
  dup2(fd, onto);
  close(fd);
}

static void redirections_apply(const struct command *command) {
  if (command->input) redirect(command->input, O_RDONLY, STDIN);
  if (command->output) redirect(command->output, O_WRONLY | O_CREAT | (command->append ? O_APPEND : O_TRUNC), STDOUT);
}

/* In the child: becomes the program, from /bin when the name has no slash. */
static void program_enter(char *const *words) {
  static const char *const environment[] = {"PATH=/bin", NULL};
  char path[256];
  if (!strcmp(words[0], "run") && words[1]) words++;
  format_string(path, sizeof path, "%s%s", strchr(words[0], '/') ? "" : "/bin/", words[0]);
  s32 error = execve(path, (const char *const *)words, environment);
  complain("sh", words[0], error);
  exit(NOT_FOUND);
}

static void foreground_set(s32 group) {
  if (interactive) ioctl(STDIN, TIOCSPGRP, &group);
}

/* Both parent and child say which group the child is in, as either may run first. */
static void group_join(s32 pid, s32 group, bool background) {
  setpgid(pid, group);
  if (!background) foreground_set(group ? group : getpid());
}

static void child_run(const struct pipeline *pipeline, u32 index, s32 group, s32 input, s32 output) {
  const struct command *command = &pipeline->commands[index];
  if (interactive) group_join(0, group, pipeline->background);
  ignore_signal(SIGINT, false);
  if (input != STDIN) dup2(input, STDIN), close(input);
  if (output != STDOUT) dup2(output, STDOUT), close(output);
  /* What is typed is for the foreground. */
  if (input == STDIN && pipeline->background) redirect("/dev/null", O_RDONLY, STDIN);
  redirections_apply(command);
  if (!command->words[0]) exit(0);
  interactive = false;
  if (builtin_run(command)) exit((s32)last_code);
  program_enter(command->words);
}

static void time_print(const struct timespec *start, const struct resource_usage *usage) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  s32 seconds = end.seconds - start->seconds, nanoseconds = end.nanoseconds - start->nanoseconds;
  if (nanoseconds < 0) seconds--, nanoseconds += 1000000000;
  print_to(STDERR, "real %d.%03d s, user %d.%02d s, system %d.%02d s\n", seconds, nanoseconds / 1000000,
           usage->user.seconds, usage->user.microseconds / 10000, usage->system.seconds,
           usage->system.microseconds / 10000);
}

static void usage_add(struct timeval *to, struct timeval from) {
  to->seconds += from.seconds;
  to->microseconds += from.microseconds;
  if (to->microseconds >= 1000000) to->seconds++, to->microseconds -= 1000000;
}

/* Waits for every process of the pipeline; the code is the last one's. */
static void children_wait(const s32 *pids, u32 count, struct resource_usage *total) {
  for (u32 i = 0; i < count; i++) {
    struct resource_usage usage = {0};
    s32 status = 0;
    if (wait4(pids[i], &status, 0, &usage) < 0) continue;
    usage_add(&total->user, usage.user);
    usage_add(&total->system, usage.system);
    last_code = exited(status) ? exit_code(status) : 128 + ((u32)status & 0x7F);
  }
}

static void pipeline_run(const struct pipeline *pipeline) {
  s32 pids[MAX_COMMANDS], group = 0, input = STDIN;
  struct timespec start;
  struct resource_usage usage = {0};
  clock_gettime(CLOCK_MONOTONIC, &start);
  u32 started = 0;
  for (; started < pipeline->count; started++) {
    bool last = started + 1 == pipeline->count;
    s32 fds[2] = {-1, STDOUT};
    if (!last && pipe(fds) < 0) break;
    s32 pid = fork();
    if (pid == 0) {
      if (!last) close(fds[0]);
      child_run(pipeline, started, group, input, fds[1]);
    }
    if (input != STDIN) close(input);
    if (!last) close(fds[1]);
    input = last ? STDIN : fds[0];
    if (pid < 0) {
      last_code = (u32)complain("sh", "fork", pid);
      break;
    }
    if (!group) group = pid;
    if (interactive) setpgid(pid, group);
    pids[started] = pid;
  }
  if (input != STDIN) close(input);
  if (pipeline->background) {
    if (started) print("[%d]\n", pids[started - 1]);
    return;
  }
  if (started) foreground_set(group);
  children_wait(pids, started, &usage);
  foreground_set(getpid());
  if (pipeline->timed) time_print(&start, &usage);
}

/* A single builtin without redirection runs in the shell itself: cd must. */
static bool runs_inside(const struct pipeline *pipeline) {
  const struct command *command = &pipeline->commands[0];
  return pipeline->count == 1 && !pipeline->background && !pipeline->timed && !command->input && !command->output;
}

void line_run(const char *line) {
  struct pipeline pipeline;
  while (*line) {
    if (!pipeline_parse(&line, &pipeline)) return;
    const struct command *first = &pipeline.commands[0];
    if (!first->words[0] && !first->input && !first->output) continue;
    if (first->words[0] && runs_inside(&pipeline) && builtin_run(first)) continue;
    pipeline_run(&pipeline);
  }
}

/*
 * The usual system calls as C functions of their own names, for the guest's programs and those of the benchmarks. A
 * negative result is an error number. Whoever includes this has the types, and the numbers as SYS_name.
 */
#pragma once

s32 system_call(u32 number, ...);

/* CALL(name, parameters, arguments): a function of the call's own name. */
#define CALL(name, parameters, ...) \
  static inline s32 name parameters { return system_call(SYS_##name __VA_OPT__(, ) __VA_ARGS__); }

CALL(fork, (void))
CALL(read, (s32 fd, void *to, u32 length), fd, to, length)
CALL(write, (s32 fd, const void *from, u32 length), fd, from, length)
CALL(open, (const char *path, u32 flags, u32 mode), path, flags, mode)
CALL(close, (s32 fd), fd)
CALL(unlink, (const char *path), path)
CALL(mkdir, (const char *path, u32 mode), path, mode)
CALL(pipe, (s32 fds[2]), fds)
CALL(execve, (const char *path, const char *const *words, const char *const *environment), path, words, environment)
CALL(getpid, (void))
CALL(kill, (s32 pid, u32 signal), pid, signal)
CALL(waitpid, (s32 pid, s32 *status, u32 options), pid, status, options)

static inline void __attribute__((noreturn)) exit(s32 code) {
  for (;;) system_call(SYS_exit, code);
}

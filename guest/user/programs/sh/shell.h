/* The shell in three steps: parse.c cuts a line into commands, run.c runs them, builtins.c is what needs no program. */
#pragma once
#include "program.h"

enum { MAX_LINE = 1024, MAX_WORDS = 64, MAX_COMMANDS = 8, NOT_FOUND = 127 };

struct command {
  char *words[MAX_WORDS + 1]; /* ends in NULL */
  const char *input, *output; /* redirections, NULL: none */
  bool append;
};

/* Commands joined by pipes. */
struct pipeline {
  struct command commands[MAX_COMMANDS];
  u32 count;
  bool background, timed;
};

/* The code of what ran last: $? */
extern u32 last_code;

/* True in a shell that reads its commands from the console. */
extern bool interactive;

/* Takes the pipeline at `*line` off it, up to ";", "&" or the end. False (and a message) when it makes no sense. */
bool pipeline_parse(const char **line, struct pipeline *pipeline);

/* Runs every pipeline of a line. */
void line_run(const char *line);

/* Runs a command in the shell itself. False when there is no such builtin. */
bool builtin_run(const struct command *command);

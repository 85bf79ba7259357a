#include "shell.h"

static char text[2 * MAX_LINE]; /* the words, expanded */
static u32 text_length;

static bool refuse(const char *what) {
  print_to(STDERR, "sh: %s\n", what);
  last_code = 2;
  return false;
}

static bool is_operator(char character) { return strchr("|;&<>", character) && character; }
static bool is_blank(char character) { return character == ' ' || character == '\t'; }
static bool ends_word(char character) { return !character || is_blank(character) || is_operator(character); }

static bool text_append(char character) {
  if (text_length == sizeof text) return false;
  text[text_length++] = character;
  return true;
}

static bool code_append(void) {
  char digits[12];
  format_string(digits, sizeof digits, "%u", last_code);
  for (const char *digit = digits; *digit; digit++)
    if (!text_append(*digit)) return false;
  return true;
}

/* Takes a word off the line: quotes group, $? becomes the last exit code. NULL when there is no room. */
static char *word_take(const char **line) {
  char *word = text + text_length, quote = 0;
  for (; **line && (quote || !ends_word(**line)); ++*line) {
    char character = **line;
    bool room = true;
    if (quote ? character == quote : character == '"' || character == '\'') quote = quote ? 0 : character;
    else if (character == '$' && (*line)[1] == '?' && quote != '\'') room = code_append(), ++*line;
    else room = text_append(character);
    if (!room) return NULL;
  }
  return text_append(0) ? word : NULL;
}

static void blanks_skip(const char **line) {
  while (is_blank(**line)) ++*line;
}

static bool redirection_parse(const char **line, struct command *command) {
  char operator = *(*line)++;
  if (operator == '>' && **line == '>') command->append = true, ++*line;
  blanks_skip(line);
  const char *path = ends_word(**line) ? NULL : word_take(line);
  if (!path) return refuse("a redirection needs a file");
  if (operator == '<') command->input = path;
  else command->output = path;
  return true;
}

static bool command_parse(const char **line, struct command *command) {
  u32 count = 0;
  for (blanks_skip(line); **line && !strchr("|;&", **line); blanks_skip(line)) {
    if (**line == '<' || **line == '>') {
      if (!redirection_parse(line, command)) return false;
      continue;
    }
    if (count == MAX_WORDS || !(command->words[count++] = word_take(line))) return refuse("line too long");
  }
  return true;
}

/* "time" is a prefix of the pipeline, not a command. */
static void prefix_take(struct pipeline *pipeline) {
  char **words = pipeline->commands[0].words;
  if (!words[0] || strcmp(words[0], "time") || !words[1]) return;
  pipeline->timed = true;
  for (u32 i = 0; words[i]; i++) words[i] = words[i + 1];
}

bool pipeline_parse(const char **line, struct pipeline *pipeline) {
  memset(pipeline, 0, sizeof *pipeline);
  text_length = 0;
  for (;;) {
    if (pipeline->count == MAX_COMMANDS) return refuse("too many commands in a pipeline");
    struct command *command = &pipeline->commands[pipeline->count++];
    if (!command_parse(line, command)) return false;
    bool piped = **line == '|';
    if (!command->words[0] && (piped || pipeline->count > 1)) return refuse("a pipe needs a command on both sides");
    if (!piped) break;
    ++*line;
  }
  if (**line == '&') pipeline->background = true;
  if (**line) ++*line;
  prefix_take(pipeline);
  return true;
}

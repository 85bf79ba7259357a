#include "program.h"

int main(int count, char **arguments) {
  struct system_names names;
  uname(&names);
  if (count > 1 && !strcmp(arguments[1], "-a"))
    print("%s %s %s %s %s\n", names.sysname, names.nodename, names.release, names.version, names.machine);
  else print("%s\n", names.sysname);
  return 0;
}

#include "platform.h"

const char *platform_name(void) { return "bare hardware"; }

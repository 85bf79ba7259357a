#pragma once

/* What the kernel runs on, in words. */
const char *platform_name(void);

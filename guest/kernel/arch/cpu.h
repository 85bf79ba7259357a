/* What kind of CPU this is. */
#pragma once
#include "types.h"

enum cpu_feature { CPU_FPU = 1u << 0, CPU_TSC = 1u << 4, CPU_MSR = 1u << 5, CPU_APIC = 1u << 9,
                   CPU_SEP = 1u << 11, CPU_PGE = 1u << 13 };

/* CPUID leaf 1 EDX; 0 without CPUID. */
u32 cpu_features(void);

/* One line, without a line end: vendor, family, model and stepping, or the brand string. */
void cpu_describe(char *buffer, size_t size);

/* Turns on what the kernel uses of this CPU: write protection in ring 0, global pages. */
void cpu_setup(void);

/* Port I/O. */
#pragma once
#include "types.h"

#define PORT_ACCESS(bits, suffix) \
  static inline u##bits port_read##bits(u16 port) { \
    u##bits value; \
    __asm__ volatile("in" suffix " %1, %0" : "=a"(value) : "Nd"(port)); \
    return value; \
  } \
  static inline void port_write##bits(u16 port, u##bits value) { \
    __asm__ volatile("out" suffix " %0, %1" ::"a"(value), "Nd"(port)); \
  }

PORT_ACCESS(8, "b")
PORT_ACCESS(16, "w")
PORT_ACCESS(32, "l")
#undef PORT_ACCESS

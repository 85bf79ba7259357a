#pragma once

#define KERNEL_VERSION "0.1"

/* The build passes the first digits of the SHA-256 of all sources as SOURCE_DIGEST. */
#ifndef SOURCE_DIGEST
#error "built by guest/build.sh only"
#endif

/* What the shell and the parts of the workload share. */
#include "workload.h"

void read_all(s32 fd, void *to, u32 length) {
  for (u32 done = 0; done < length;) {
    s32 count = must("read", read(fd, (u8 *)to + done, length - done));
    expect("end of file", count > 0);
    done += (u32)count;
  }
}

void write_all(s32 fd, const void *from, u32 length) {
  for (u32 done = 0; done < length;) done += (u32)must("write", write(fd, (const u8 *)from + done, length - done));
}

u32 checksum_of(u32 sum, const void *bytes, u32 length) {
  for (u32 i = 0; i < length; i++) sum = mix(sum, ((const u8 *)bytes)[i]);
  return sum;
}

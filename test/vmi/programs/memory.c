/* Memory: copy on write, protection, unmapping; a file mapped by two processes. */
#include "workload.h"

enum { PAGE = 4096, PAGES = 512, ROUNDS = 4 };

static u32 sum_pages(const volatile u32 *area) {
  u32 sum = 0;
  for (u32 page = 0; page < PAGES; page++) sum = mix(sum, area[page * PAGE / sizeof(u32)]);
  return sum;
}

/* A child writes to every third page of what it shares until then; the parent must not see it. */
static u32 copy_on_write(volatile u32 *area) {
  u32 before = sum_pages(area);
  s32 ends[2];
  must("pipe", pipe(ends));
  s32 pid = must("fork", fork());
  if (!pid) {
    for (u32 page = 0; page < PAGES; page += 3) area[page * PAGE / sizeof(u32)] ^= 0xFFFFu;
    u32 sum = sum_pages(area);
    write_all(ends[1], &sum, sizeof sum);
    exit(0);
  }
  u32 after;
  read_all(ends[0], &after, sizeof after);
  wait_for(pid);
  close(ends[0]);
  close(ends[1]);
  expect("the parent's pages", sum_pages(area) == before);
  return mix(before, after);
}

static volatile u32 faults;
static volatile u32 *fault_area;

/* Makes the page that was written to writable: the store is then repeated. */
static void unprotect(s32 signal, void *information, u8 *context) {
  (void)signal, (void)context;
  u32 address = ((u32 *)information)[3];
  must("mprotect", mprotect((void *)(address & ~(PAGE - 1u)), PAGE, PROT_READ | PROT_WRITE));
  faults++;
}

static u32 protection(volatile u32 *area) {
  fault_area = area;
  handle_signal(SIGSEGV, unprotect);
  must("mprotect", mprotect((void *)area, PAGES * PAGE, PROT_READ));
  for (u32 page = 0; page < PAGES; page += 5) area[page * PAGE / sizeof(u32)] += page;
  return mix(faults, sum_pages(area));
}

u32 run_memory(const char *disk) {
  u32 sum = 0;
  (void)disk;
  for (u32 round = 0; round < ROUNDS; round++) {
    volatile u32 *area = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE);
    for (u32 page = 0; page < PAGES; page++) {
      expect("fresh pages are zero", area[page * PAGE / sizeof(u32)] == 0);
      area[page * PAGE / sizeof(u32)] = page * 2654435761u + round;
    }
    sum = mix(sum, copy_on_write(area));
    sum = mix(sum, protection(area));
    must("munmap", munmap((void *)area, PAGES * PAGE));
  }
  return sum;
}

/* Two processes see each other's stores in a shared mapping of a file. */
u32 run_file_mapping(const char *disk) {
  static u8 block[PAGE];
  static const char path[] = "/shared";
  u32 sum = 0;
  (void)disk;
  s32 fd = must("open", open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
  for (u32 i = 0; i < 16; i++) {
    memset(block, (s32)i + 1, PAGE);
    write_all(fd, block, PAGE);
  }
  volatile u8 *file = (u8 *)must("mmap2", system_call(SYS_mmap2, 0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  s32 pid = must("fork", fork());
  if (!pid) {
    for (u32 i = 0; i < 16; i++) file[i * PAGE + i] = (u8)(0xA0 + i);
    exit(0);
  }
  wait_for(pid);
  for (u32 i = 0; i < 16; i++) sum = mix(mix(sum, file[i * PAGE]), file[i * PAGE + i]);
  must("lseek", system_call(SYS_lseek, fd, 0, 0));
  for (u32 i = 0; i < 16; i++) {
    read_all(fd, block, PAGE);
    sum = checksum_of(sum, block, PAGE);
  }
  must("munmap", munmap((void *)file, 16 * PAGE));
  must("close", close(fd));
  must("unlink", unlink(path));
  return sum;
}

/* What the kernel found out about its VMI hypervisor; tests and timings of the calls. */
#include "program.h"

static s32 device;

static bool ask(enum vmi_request request, void *about) { return ioctl(device, request, about) == 0; }

static void host_print(const struct vmi_host *host) {
  if (!host->active) {
    print("bare hardware; %u sites hold the processor's instructions\n", host->sites);
    return;
  }
  print("%s %s, API version %u.%u, ROM version %u.%u, at %05x\n", host->manufacturer, host->product, host->api_major,
        host->api_minor, host->rom_major, host->rom_minor, host->rom_physical);
}

static const char *const relocations[] = {"none", "call", "jump", "nop"};

static s32 list(void) {
  struct vmi_host host = {0};
  if (!ask(VMI_GET_HOST, &host)) return complain("vmi", "/dev/vmi", EIO);
  host_print(&host);
  if (!host.active) return 0;
  u32 counts[ARRAY_LENGTH(relocations)] = {0}, total = 0;
  for (struct vmi_call_info call = {0}; ask(VMI_GET_CALL, &call); call.number++, total++) {
    counts[call.relocation]++;
    print("%2u %-18s %-4s", call.number, call.name, relocations[call.relocation]);
    if (call.relocation) print(" %08x", call.target);
    if (call.sites) print(" %u sites", call.sites);
    print("\n");
  }
  print("%u calls:", total);
  for (u32 i = 0; i < ARRAY_LENGTH(relocations); i++) print(" %u %s%s", counts[i], relocations[i], i < 3 ? "," : "; ");
  print("%u of %u sites patched\n", host.sites_patched, host.sites);
  return 0;
}

/* A program that calls the hypervisor itself must die of it. */
static bool caller_dies(u32 target) {
  s32 status = 0, pid = fork();
  if (pid == 0) {
    close(STDERR);
    ((void (*)(void))target)();
    exit(0);
  }
  waitpid(pid, &status, 0);
  return status == SIGSEGV;
}

/* The calls that have patch sites stand for all. */
static u32 ring3_test(void) {
  u32 failures = 0, tried = 0;
  for (struct vmi_call_info call = {0}; ask(VMI_GET_CALL, &call); call.number++) {
    if (!call.target || !call.sites) continue;
    tried++;
    if (caller_dies(call.target)) continue;
    failures++;
    print("   %-18s FAILED: a program can call %s\n", "calls from ring 3", call.name);
  }
  if (tried && !failures) print("   %-18s ok: %u tried, each a segmentation fault\n", "calls from ring 3", tried);
  return failures;
}

static s32 pid_by_interrupt(void) {
  s32 pid;
  __asm__ volatile("int $0x80" : "=a"(pid) : "0"(SYS_getpid));
  return pid;
}

/* SYSENTER with flags that would trap or switch tasks in a kernel that took them over. */
static s32 pid_by_odd_entry(void) {
  enum { FLAGS = 0x4100 /* nested task, trap */ };
  s32 pid;
  __asm__ volatile(
      "push $1f\n\tpush %%ecx\n\tpush %%edx\n\tpush %%ebp\n\tmov %%esp, %%ebp\n\t"
      "pushf\n\torl %[flags], (%%esp)\n\tpopf\n\tsysenter\n1:"
      : "=a"(pid)
      : "0"(SYS_getpid), [flags] "i"(FLAGS)
      : "memory", "cc");
  return pid;
}

static u32 entry_test(bool sysenter) {
  bool same = getpid() == pid_by_interrupt(), odd = !sysenter || pid_by_odd_entry() == getpid();
  const char *verdict = !same ? "FAILED: another answer" : !odd ? "FAILED with odd flags" : "ok";
  print("   %-18s %s\n", sysenter ? "SYSENTER, SYSEXIT" : "system calls", verdict);
  return !same + !odd;
}

/* CPUID leaf 1. */
static bool has_sysenter(void) {
  u32 leaf = 1, features;
  __asm__("cpuid" : "+a"(leaf), "=d"(features)::"ebx", "ecx");
  return features & 1u << 11;
}

static s32 selftest(void) {
  static const char *const outcomes[] = {"ok", "native", "native: no such operation", "FAILED"};
  u32 counts[ARRAY_LENGTH(outcomes)] = {0}, calls = 0;
  struct vmi_call_info call = {0};
  for (struct vmi_test test = {0}; ask(VMI_RUN_TEST, &test); test.number++) {
    call.number = test.number;
    bool of_call = ask(VMI_GET_CALL, &call);
    calls += of_call;
    counts[test.outcome] += of_call || test.outcome == VMI_FAILED;
    if (of_call) print("%2u ", test.number);
    else print("   ");
    print("%-18s %s%s%s\n", test.name, outcomes[test.outcome], test.detail[0] ? ": " : "", test.detail);
  }
  counts[VMI_FAILED] += ring3_test() + entry_test(has_sysenter());
  print("vmi selftest: %u calls, %u of the hypervisor, %u native: %s\n", calls, counts[VMI_PASSED],
        counts[VMI_NATIVE] + counts[VMI_ABSENT], counts[VMI_FAILED] || !calls ? "FAILED" : "ok");
  return counts[VMI_FAILED] || !calls;
}

static void time_print(u32 picoseconds) {
  if (picoseconds) print(" %u.%02u", picoseconds / 1000, picoseconds % 1000 / 10);
  else print(" -");
}

/* All of it twice: by the second time a translating host has translated the loops. */
static s32 bench(void) {
  for (struct vmi_cost cost = {0}; ask(VMI_RUN_COST, &cost);) cost.number++;
  for (struct vmi_cost cost = {0}; ask(VMI_RUN_COST, &cost); cost.number++) {
    if (!cost.patched && !cost.native) continue;
    print("%s", cost.name);
    time_print(cost.patched);
    time_print(cost.native);
    print("\n");
  }
  return 0;
}

int main(int count, char **arguments) {
  device = open("/dev/vmi", O_RDONLY, 0);
  if (device < 0) return complain("vmi", "/dev/vmi", device);
  if (count == 1) return list();
  if (count == 2 && !strcmp(arguments[1], "selftest")) return selftest();
  if (count == 2 && !strcmp(arguments[1], "bench")) return bench();
  print_to(STDERR, "usage: vmi [selftest|bench]\n");
  return 2;
}

#include "cost.h"
#include "apic.h"
#include "clock.h"
#include "cpu.h"
#include "format.h"
#include "frames.h"
#include "layout.h"
#include "pagetable.h"
#include "privileged.h"
#include "raw.h"
#include "scheduler.h"
#include "string.h"
#include "time.h"
#include "vmi.h"

enum {
  RUNS_PER_SECOND = 1000, /* a run is less than a tick: loops may keep interrupts off */
  PATIENT_RUNS = 16,         /* without a better result: by then the code is as fast as it gets */
  MOST_RUNS = 400, FIRST_COUNT = 64, MOST_COUNT = 1 << 28,
  CALIBRATION_TICKS = 5, TICKS_PER_SECOND = 100, PICOSECONDS = 1000000000 /* a millisecond */,
  PLACE = 0x7F000000, SYSENTER_EIP = 0x176, BUSY = 1 << 9, PIC_MASK = 0x21, PCI_ADDRESS = 0xCF8, PCI_DATA = 0xCFC,
  EFLAGS_ALWAYS = 2,
};

static struct descriptor scratch[2], *gdt;
static struct table_pointer gdt_pointer, idt_pointer, pointer_scratch;
static u64 wide_entry;
static u32 *entry, entry_value, table_frame, cr0, cr3, cr4, esp0, sysenter_eip;

#define LOOP(name, ...) \
  static void name(u32 count) { \
    for (; count; count--) { \
      __VA_ARGS__; \
      __asm__ volatile("" ::: "memory"); \
    } \
  }

#define LOOPS(call, body, native_body) \
  LOOP(patched_##call, body) \
  LOOP(plain_##call, native_body)

#define POINTER_LOOPS(call, ...) \
  LOOP(patched_##call, operations.call(__VA_ARGS__)) \
  LOOP(plain_##call, native_operations.call(__VA_ARGS__))

/* For conventions of their own. */
#define CALL_WITH(operation, a, c, d) \
  u32 eax = a, ecx = c, edx = d; \
  __asm__ volatile("call *%[f]" : "+a"(eax), "+c"(ecx), "+d"(edx) : [f] "m"(operation) : "ebx", "memory", "cc")
#define REGISTER_LOOPS(call, a, c, d) \
  LOOP(patched_##call, CALL_WITH(operations.call, a, c, d)) \
  LOOP(plain_##call, CALL_WITH(native_operations.call, a, c, d))

static void return_patched(u32 flags) {
  __asm__ volatile("push %[flags]\n\tpush %[code]\n\tpush $1f\n\t" VMI_SITE_OF("jmp") "\n1:"
                   ::[flags] "r"(flags), [code] "i"(KERNEL_CODE), [call] "i"(VMI_IRET)
                   : "memory", "cc");
}

LOOPS(EnableInterrupts, irq_enable(), raw_irq_enable())
LOOPS(DisableInterrupts, irq_disable(), raw_irq_disable())
LOOPS(GetInterruptMask, (void)irq_flags(), (void)raw_flags())
LOOPS(SetInterruptMask, irq_restore(EFLAGS_ALWAYS), raw_flags_set(EFLAGS_ALWAYS))
LOOPS(IRET, return_patched(EFLAGS_ALWAYS), raw_return(EFLAGS_ALWAYS))

REGISTER_LOOPS(CPUID, 0, 0, 0)
REGISTER_LOOPS(WRMSR, sysenter_eip, SYSENTER_EIP, 0)
REGISTER_LOOPS(RDMSR, 0, SYSENTER_EIP, 0)
REGISTER_LOOPS(INB, 0, 0, PIC_MASK)
REGISTER_LOOPS(INW, 0, 0, PCI_DATA)
REGISTER_LOOPS(INL, 0, 0, PCI_ADDRESS)
REGISTER_LOOPS(OUTW, 0, 0, PCI_DATA)
REGISTER_LOOPS(OUTL, 0x80000000, 0, PCI_ADDRESS)

POINTER_LOOPS(SetGDT, &gdt_pointer)
POINTER_LOOPS(SetLDT, 0)
POINTER_LOOPS(SetIDT, &idt_pointer)
LOOPS(SetTR, (gdt[TASK_SELECTOR / 8].high &= ~(u32)BUSY, operations.SetTR(TASK_SELECTOR)),
      (gdt[TASK_SELECTOR / 8].high &= ~(u32)BUSY, native_operations.SetTR(TASK_SELECTOR)))
POINTER_LOOPS(GetGDT, &pointer_scratch)
POINTER_LOOPS(GetLDT)
POINTER_LOOPS(GetIDT, &pointer_scratch)
POINTER_LOOPS(GetTR)
POINTER_LOOPS(WriteGDTEntry, scratch, 1, 0, 0)
POINTER_LOOPS(WriteLDTEntry, scratch, 1, 0, 0)
POINTER_LOOPS(WriteIDTEntry, scratch, 1, 0, 0)
POINTER_LOOPS(UpdateKernelStack, KERNEL_DATA, esp0)
POINTER_LOOPS(SetCR0, cr0)
POINTER_LOOPS(SetCR2, 0)
POINTER_LOOPS(SetCR3, cr3)
POINTER_LOOPS(SetCR4, cr4)
POINTER_LOOPS(GetCR0)
POINTER_LOOPS(GetCR2)
POINTER_LOOPS(GetCR3)
POINTER_LOOPS(GetCR4)
POINTER_LOOPS(WBINVD)
POINTER_LOOPS(SetDR, 0, 0)
POINTER_LOOPS(GetDR, 0)
POINTER_LOOPS(RDTSC)
POINTER_LOOPS(CLTS)
POINTER_LOOPS(SetPxE, entry_value, entry, PAGE_TABLE | PLACE | ENTRY_CURRENT)
POINTER_LOOPS(SetPxELong, 0, &wide_entry, PAGE_TABLE)
POINTER_LOOPS(UpdatePxE, entry, PAGE_TABLE | PLACE | ENTRY_CURRENT)
POINTER_LOOPS(UpdatePxELong, &wide_entry, PAGE_TABLE)
POINTER_LOOPS(AllocatePage, table_frame / PAGE_SIZE, PAGE_TABLE | TABLE_ZEROED, 0, 0, 0)
POINTER_LOOPS(ReleasePage, table_frame / PAGE_SIZE, PAGE_TABLE)
POINTER_LOOPS(InvalPage, PLACE)
POINTER_LOOPS(FlushTLB, TLB_PROCESS)
POINTER_LOOPS(SetLinearMapping, 0, KERNEL_BASE, 1, 0)
POINTER_LOOPS(SetIOPLMask, 0)
POINTER_LOOPS(APICWrite, APIC_TASK_PRIORITY, 0)
POINTER_LOOPS(APICRead, APIC_TASK_PRIORITY)
POINTER_LOOPS(IODelay)
POINTER_LOOPS(GetCycleFrequency)
POINTER_LOOPS(GetCycleCounter, COUNTER_REAL)
POINTER_LOOPS(GetWallclockTime)
POINTER_LOOPS(WallclockUpdated)
POINTER_LOOPS(SetLazyMode, LAZY_OFF)
LOOP(empty, (void)0)

typedef void (*loop)(u32 count);

#define MEASURED(call) [VMI_##call] = {patched_##call, plain_##call, 0},
#define MEASURED_IF(call, feature) [VMI_##call] = {patched_##call, plain_##call, feature},

static const struct {
  loop patched, native;
  u32 feature; /* of the CPU, without which there is nothing to measure */
} loops[VMI_CALLS] = {
    MEASURED(EnableInterrupts) MEASURED(DisableInterrupts) MEASURED(GetInterruptMask) MEASURED(SetInterruptMask)
    MEASURED(IRET) MEASURED(CPUID) MEASURED_IF(WRMSR, CPU_SEP) MEASURED_IF(RDMSR, CPU_SEP) MEASURED(INB) MEASURED(INW)
    MEASURED(INL) MEASURED(OUTW) MEASURED(OUTL) MEASURED(SetGDT) MEASURED(SetLDT) MEASURED(SetIDT) MEASURED(SetTR)
    MEASURED(GetGDT) MEASURED(GetLDT) MEASURED(GetIDT) MEASURED(GetTR) MEASURED(WriteGDTEntry) MEASURED(WriteLDTEntry)
    MEASURED(WriteIDTEntry) MEASURED(UpdateKernelStack) MEASURED(SetCR0) MEASURED(SetCR2) MEASURED(SetCR3)
    MEASURED(SetCR4) MEASURED(GetCR0) MEASURED(GetCR2) MEASURED(GetCR3) MEASURED(GetCR4) MEASURED(WBINVD)
    MEASURED(SetDR) MEASURED(GetDR) MEASURED_IF(RDTSC, CPU_TSC) MEASURED(CLTS) MEASURED(SetPxE) MEASURED(SetPxELong)
    MEASURED(UpdatePxE) MEASURED(UpdatePxELong) MEASURED(AllocatePage) MEASURED(ReleasePage) MEASURED(InvalPage)
    MEASURED(FlushTLB) MEASURED(SetLinearMapping) MEASURED(SetIOPLMask) MEASURED_IF(APICWrite, CPU_APIC)
    MEASURED_IF(APICRead, CPU_APIC) MEASURED(IODelay) MEASURED(GetCycleFrequency) MEASURED(GetCycleCounter)
    MEASURED(GetWallclockTime) MEASURED(WallclockUpdated) MEASURED(SetLazyMode)
};

static u32 cycles_per_millisecond; /* of the time stamp counter */

static void calibrate(void) {
  u32 tick = clock_ticks();
  while (clock_ticks() == tick)
    ;
  u64 from = raw_time_stamp();
  tick = clock_ticks();
  while (clock_ticks() - tick < CALIBRATION_TICKS)
    ;
  u64 cycles = raw_time_stamp() - from;
  cycles_per_millisecond = (u32)divide_u64(cycles, CALIBRATION_TICKS * 1000 / TICKS_PER_SECOND, NULL);
}

static u32 run(loop body, u32 count) {
  u64 from = raw_time_stamp();
  body(count);
  u64 to = raw_time_stamp();
  irq_enable();
  return (u32)(to - from);
}

/* Picoseconds a turn, the best of many runs. */
static u32 turn_measure(loop body) {
  u32 count = FIRST_COUNT, since_best = 0, long_enough = cycles_per_millisecond * (1000 / RUNS_PER_SECOND);
  u64 best = ~0ull;
  for (u32 i = 0; i < MOST_RUNS && since_best < PATIENT_RUNS; i++) {
    u32 cycles = run(body, count);
    u64 picoseconds = divide_u64(divide_u64((u64)cycles * PICOSECONDS, cycles_per_millisecond, NULL), count, NULL);
    since_best = picoseconds < best ? 0 : since_best + 1;
    if (picoseconds < best) best = picoseconds;
    if (cycles < long_enough / 2 && count < MOST_COUNT) count *= 2, best = ~0ull;
  }
  return (u32)best;
}

/* `overhead`: of a turn that does nothing. Each time anew: what is translated meanwhile becomes faster. */
static u32 call_measure(loop body, const void *operation, u32 overhead) {
  if (!operation) return 0;
  u32 picoseconds = turn_measure(body);
  return picoseconds > overhead ? picoseconds - overhead : 1; /* 0 means not measured */
}

static bool prepare(void) {
  gdt_pointer = raw_gdt();
  idt_pointer = raw_idt();
  gdt = (struct descriptor *)gdt_pointer.base;
  esp0 = process_stack_top(current);
  cr0 = raw_cr0(), cr3 = raw_cr3(), cr4 = raw_cr4();
  if (cpu_features() & CPU_SEP) sysenter_eip = (u32)raw_model_register(SYSENTER_EIP);
  u32 frame = frame_allocate_zeroed();
  table_frame = frame_allocate_zeroed();
  entry = page_entry(page_directory_current(), PLACE, true);
  entry_value = frame | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
  if (!frame || !table_frame || !entry) return false;
  page_entry_set(page_directory_current(), PLACE, entry, entry_value);
  return true;
}

static void tidy(void) {
  page_entry_set(page_directory_current(), PLACE, entry, 0);
  tlb_invalidate(PLACE);
  page_table_withdraw(table_frame, PAGE_TABLE);
  frame_release(table_frame);
  frame_release(page_floor(entry_value));
}

bool vmi_cost_measure(struct vmi_cost *cost) {
  u32 number = cost->number;
  if (number >= VMI_CALLS) return false;
  string_copy(cost->name, vmi_call_name(number), sizeof cost->name);
  u32 needed = loops[number].feature | CPU_TSC;
  bool able = (cpu_features() & needed) == needed;
  if (!loops[number].patched || !able || !prepare()) return true;
  if (!cycles_per_millisecond) calibrate();
  u32 overhead = turn_measure(empty);
  cost->patched = call_measure(loops[number].patched, ((void *const *)&operations)[number], overhead);
  cost->native = call_measure(loops[number].native, ((void *const *)&native_operations)[number], overhead);
  tidy();
  return true;
}

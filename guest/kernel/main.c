#include "apic.h"
#include "boot_info.h"
#include "clock.h"
#include "console.h"
#include "cpu.h"
#include "descriptors.h"
#include "filesystems.h"
#include "fpu.h"
#include "frames.h"
#include "gate.h"
#include "init.h"
#include "layout.h"
#include "pagetable.h"
#include "pic.h"
#include "privileged.h"
#include "process.h"
#include "scheduler.h"
#include "version.h"
#include "vmi.h"

static void vmi_banner(void) {
  const struct vmi_rom *rom = vmi_rom();
  struct vmi_rom_names names = vmi_rom_names(rom);
  u32 answered = 0;
  for (u32 call = 0; call < VMI_CALLS; call++) answered += vmi_relocation(call)->type != VMI_NONE;
  print("vmi: %s %s, API version %u.%u, ROM version %u.%u, at %05x\n", names.manufacturer, names.product, rom->api_major,
        rom->api_minor, names.major, names.minor, virtual_to_physical(rom));
  print("vmi: %u of %u calls, %u of %u sites patched\n", answered, VMI_CALLS, vmi_sites_patched(), vmi_site_count());
}

static void banner(const struct boot_info *info) {
  char cpu[128];
  cpu_describe(cpu, sizeof cpu);
  print("vmi86 guest %s (source %s)\n", KERNEL_VERSION, SOURCE_DIGEST);
  print("memory: %u MB, %u KB free\n", (info->ram_bytes + 0xFFFFF) >> 20, frames_free() * (PAGE_SIZE / 1024));
  print("cpu: %s\n", cpu);
  if (vmi_rom()) vmi_banner();
  print("Booting on %s\n", platform_name());
}

static void __attribute__((noreturn)) give_up(const char *why) {
  print("kernel: %s\n", why);
  halt_forever();
}

/* Called from boot.S on the boot stack, which becomes the idle process's, with interrupts off. */
void __attribute__((noreturn)) kernel_main(void) {
  const struct boot_info *info = physical_to_virtual((u32)&early_info);
  console_setup();
  descriptors_install();
  page_directories_setup(info->directory);
  vmi_setup(info->mapped_end);
  cpu_setup();
  if (!info->valid) give_up("not started by a Multiboot loader");
  frames_setup(info);
  if (!frames_free()) give_up("no memory");
  apic_setup();
  gate_setup(kernel_stack_word());
  processes_setup();
  fpu_setup();
  pic_setup();
  banner(info);
  clock_setup();
  console_start();
  initramfs_setup(info);
  init_start(info->command);
  idle_loop();
}

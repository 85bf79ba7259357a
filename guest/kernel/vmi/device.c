#include "device.h"
#include "abi.h"
#include "cost.h"
#include "fault.h"
#include "layout.h"
#include "selftest.h"
#include "string.h"
#include "vmi.h"

static bool host_describe(void *into) {
  struct vmi_host *host = into;
  const struct vmi_rom *rom = vmi_rom();
  if (host->number) return false;
  *host = (struct vmi_host){.active = rom != NULL, .sites = vmi_site_count(), .sites_patched = vmi_sites_patched()};
  if (!rom) return true;
  struct vmi_rom_names names = vmi_rom_names(rom);
  host->rom_physical = virtual_to_physical(rom);
  host->api_major = rom->api_major, host->api_minor = rom->api_minor;
  host->rom_major = names.major, host->rom_minor = names.minor;
  string_copy(host->manufacturer, names.manufacturer, sizeof host->manufacturer);
  string_copy(host->product, names.product, sizeof host->product);
  return true;
}

static bool call_describe(void *into) {
  struct vmi_call_info *info = into;
  if (info->number >= VMI_CALLS) return false;
  const struct vmi_relocation *relocation = vmi_relocation(info->number);
  info->relocation = relocation->type;
  info->target = relocation->target;
  info->sites = vmi_site_count_of(info->number);
  string_copy(info->name, vmi_call_name(info->number), sizeof info->name);
  return true;
}

static bool test_run(void *into) { return vmi_test_run(into); }
static bool cost_measure(void *into) { return vmi_cost_measure(into); }

static const struct {
  u32 request, size;
  bool (*fill)(void *into); /* false: there is no such number */
} requests[] = {
    {VMI_GET_HOST, sizeof(struct vmi_host), host_describe},
    {VMI_GET_CALL, sizeof(struct vmi_call_info), call_describe},
    {VMI_RUN_TEST, sizeof(struct vmi_test), test_run},
    {VMI_RUN_COST, sizeof(struct vmi_cost), cost_measure},
};

s32 vmi_control(u32 request, u32 argument) {
  union {
    struct vmi_host host;
    struct vmi_call_info call;
    struct vmi_test test;
    struct vmi_cost cost;
  } buffer;
  for (u32 i = 0; i < ARRAY_LENGTH(requests); i++) {
    if (requests[i].request != request) continue;
    memset(&buffer, 0, sizeof buffer);
    if (copy_from_user(&buffer, argument, sizeof(u32))) return -EFAULT;
    return requests[i].fill(&buffer) ? copy_to_user(argument, &buffer, requests[i].size) : -EINVAL;
  }
  return -ENOTTY;
}

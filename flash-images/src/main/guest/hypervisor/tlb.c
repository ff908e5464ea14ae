#include "tlb.h"

#include "vm.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define EPT_CAP_INVEPT (1ull << 20)
#define EPT_CAP_INVEPT_ALL (1ull << 26)
#define VPID_CAP_INVVPID (1ull << 32)
#define VPID_CAP_SINGLE (1ull << 41)
#define VPID_CAP_ALL (1ull << 42)

struct invalidation {
  u64 first, second;
};

void tlb_flush_ept(const struct core *core) {
  u64 type = vmx_config.ept_vpid_cap & EPT_CAP_INVEPT_ALL ? 2 : 1;
  struct invalidation all = {ept_pointer(&core->vm->ept), 0};
  if (vmx_config.ept_vpid_cap & EPT_CAP_INVEPT) {
    asm volatile("invept %0, %1" : : "m"(all), "r"(type) : "cc", "memory");
  }
}

void tlb_flush_guest(struct core *core) {
  u64 type = vmx_config.ept_vpid_cap & VPID_CAP_SINGLE ? 1 : 2;
  struct invalidation descriptor = {type == 1 ? core->index + 1 : 0, 0};
  if (vmx_config.secondary & SECONDARY_VPID && vmx_config.ept_vpid_cap & VPID_CAP_INVVPID) {
    asm volatile("invvpid %0, %1" : : "m"(descriptor), "r"(type) : "cc", "memory");
  }
}

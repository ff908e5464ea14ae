/* Taking a core into VMX operation and into the guest. */
#include "vmx.h"

#include "apic.h"
#include "cell.h"
#include "cpu.h"
#include "log.h"
#include "tlb.h"
#include "vm.h"
#include "vmcs.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define FEATURE_CONTROL_LOCK 0x1ull
#define FEATURE_CONTROL_VMX 0x4ull

/* vmentry.S: where VM exits come in. */
extern const char vmx_exit_entry[];

static bool feature_control_allows(void) {
  u64 value = rdmsr(MSR_FEATURE_CONTROL);
  if (!(value & FEATURE_CONTROL_LOCK)) {
    wrmsr(MSR_FEATURE_CONTROL, value | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
    value = rdmsr(MSR_FEATURE_CONTROL);
  }
  return value & FEATURE_CONTROL_VMX;
}

/* One VMX instruction with a 64-bit memory operand; true when neither CF nor ZF is set. */
#define VMX_POINTER_INSTRUCTION(name)                                                         \
  static bool name(u64 address) {                                                             \
    bool failed;                                                                              \
    asm volatile(#name " %1" : "=@ccbe"(failed) : "m"(address) : "memory");                    \
    return !failed;                                                                           \
  }
VMX_POINTER_INSTRUCTION(vmxon)
VMX_POINTER_INSTRUCTION(vmclear)
VMX_POINTER_INSTRUCTION(vmptrld)

static bool fail(struct core *core, const char *what) {
  hv_log("ERROR: core %u (APIC id %u): %s; feature control %X, CR0 %X, CR4 %X", core->index, core->apic_id, what,
         rdmsr(MSR_FEATURE_CONTROL), read_cr0(), read_cr4());
  return false;
}

static bool enter_vmx_operation(struct core *core) {
  if (!feature_control_allows()) {
    return fail(core, "VMX is locked off in IA32_FEATURE_CONTROL");
  }
  write_cr0((read_cr0() | vmx_config.cr0_fixed0) & vmx_config.cr0_fixed1);
  write_cr4((read_cr4() | vmx_config.cr4_fixed0 | CR4_VMXE) & vmx_config.cr4_fixed1);
  u32 revision = (u32)vmx_config.basic & 0x7FFFFFFF;
  *(u32 *)core->vmxon_region = revision;
  *(u32 *)core->vmcs_region = revision;
  if (!vmxon(core->vmxon_region)) {
    return fail(core, "VMXON failed");
  }
  if (!vmclear(core->vmcs_region) || !vmptrld(core->vmcs_region)) {
    return fail(core, "VMCLEAR or VMPTRLD failed");
  }
  return true;
}

bool vmx_start_core(struct core *core) {
  if (!enter_vmx_operation(core)) {
    return false;
  }
  tlb_flush_ept(core);
  tlb_flush_guest(core);
  vmcs_fill(core, (u64)vmx_exit_entry);
  hv_log("core %u in VMX operation (APIC id %u)", core->index, core->apic_id);
  core->state = CORE_VMX;
  return true;
}

_Noreturn void vmx_wait_for_sipi(struct core *core) {
  core->waiting = 1;
  if (vm_is_cell(core->vm)) {
    apic_enable_plain();
    vapic_reset(&core->vapic);
    core_settle(core);
  } else {
    vmwrite(GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
  }
  vmx_enter_guest(core);
}

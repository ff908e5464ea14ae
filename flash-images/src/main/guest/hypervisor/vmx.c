/* Capabilities, control words, and taking a core into VMX operation. */
#include "vmx.h"

#include "cpu.h"
#include "ept.h"
#include "log.h"
#include "memory.h"
#include "msr.h"
#include "vmcs.h"

#define FEATURE_CONTROL_LOCK 0x1ull
#define FEATURE_CONTROL_VMX 0x4ull
#define CPUID1_ECX_VMX 0x20u

#define BASIC_TRUE_CONTROLS (1ull << 55)
#define MISC_WAIT_FOR_SIPI (1ull << 8)
#define EPT_CAP_WALK4 (1ull << 6)
#define EPT_CAP_WB (1ull << 14)
#define EPT_CAP_2M (1ull << 16)
#define EPT_CAP_INVEPT (1ull << 20)
#define EPT_CAP_INVEPT_ALL (1ull << 26)
#define VPID_CAP_INVVPID (1ull << 32)
#define VPID_CAP_SINGLE (1ull << 41)
#define VPID_CAP_ALL (1ull << 42)

/* ACPI PM1 control of the board: the guest's power-off shows here. */
#define PM1_CONTROL 0x404

struct vmx_config vmx_config;

struct control {
  const char *name;
  u32 msr, true_msr;
  u32 required, optional;
};

/* Low half: bits that must be 1; high half: bits that may be 1 (SDM volume 3 appendix A.3). */
static u32 adjust(const struct control *control) {
  u32 msr = control->true_msr && vmx_config.basic & BASIC_TRUE_CONTROLS ? control->true_msr : control->msr;
  u64 capability = rdmsr(msr);
  u32 must = (u32)capability;
  u32 may = (u32)(capability >> 32);
  if (control->required & ~may) {
    hv_log("ERROR: %s controls %x are needed, but MSR %x (%X) does not allow bits %x", control->name, control->required,
           msr, capability, control->required & ~may);
    hv_stop(STOP_NO_VMX);
  }
  return must | control->required | (control->optional & may);
}

static void choose_controls(void) {
  static const struct control pin = {"pin-based", 0x481, 0x48D, PIN_NMI | PIN_VIRTUAL_NMI, 0};
  static const struct control primary = {"primary", 0x482, 0x48E,
                                         PRIMARY_IO_BITMAPS | PRIMARY_MSR_BITMAPS | PRIMARY_SECONDARY, 0};
  static const struct control secondary = {"secondary", 0x48B, 0, SECONDARY_EPT | SECONDARY_UNRESTRICTED,
                                           SECONDARY_VPID | SECONDARY_RDTSCP | SECONDARY_INVPCID | SECONDARY_XSAVES};
  static const struct control exit = {
      "exit", 0x483, 0x48F,
      EXIT_SAVE_DEBUG | EXIT_HOST_64BIT | EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER, 0};
  static const struct control entry = {"entry", 0x484, 0x490, ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER, 0};
  vmx_config.pin = adjust(&pin);
  vmx_config.primary = adjust(&primary);
  vmx_config.secondary = adjust(&secondary);
  vmx_config.exit = adjust(&exit);
  vmx_config.entry = adjust(&entry);
}

static bool feature_control_allows(void) {
  u64 value = rdmsr(MSR_FEATURE_CONTROL);
  if (!(value & FEATURE_CONTROL_LOCK)) {
    wrmsr(MSR_FEATURE_CONTROL, value | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
    value = rdmsr(MSR_FEATURE_CONTROL);
  }
  return value & FEATURE_CONTROL_VMX;
}

void vmx_check(void) {
  if (!(cpuid(1, 0).ecx & CPUID1_ECX_VMX)) {
    hv_log("ERROR: CPUID leaf 1 ECX is %x: bit 5 (VMX) expected", cpuid(1, 0).ecx);
    hv_stop(STOP_NO_VMX);
  }
  vmx_config.basic = rdmsr(MSR_VMX_BASIC);
  vmx_config.misc = rdmsr(0x485);
  vmx_config.cr0_fixed0 = rdmsr(0x486);
  vmx_config.cr0_fixed1 = rdmsr(0x487);
  vmx_config.cr4_fixed0 = rdmsr(0x488);
  vmx_config.cr4_fixed1 = rdmsr(0x489);
  choose_controls();
  vmx_config.ept_vpid_cap = rdmsr(0x48C);
  u64 needed = EPT_CAP_WALK4 | EPT_CAP_WB | EPT_CAP_2M;
  if ((vmx_config.ept_vpid_cap & needed) != needed || !(vmx_config.misc & MISC_WAIT_FOR_SIPI)) {
    hv_log("ERROR: MSR 48C is %X, bits %X expected; MSR 485 is %X, bit 8 expected", vmx_config.ept_vpid_cap, needed,
           vmx_config.misc);
    hv_stop(STOP_NO_VMX);
  }
}

static void intercept_port(u16 port) {
  u8 *bitmap = (u8 *)(port < 0x8000 ? vmx_config.io_bitmap_a : vmx_config.io_bitmap_b);
  bitmap[(port & 0x7FFF) / 8] |= (u8)(1 << (port & 7));
}

void vmx_prepare(void) {
  vmx_config.io_bitmap_a = (u64)arena_pages(1);
  vmx_config.io_bitmap_b = (u64)arena_pages(1);
  vmx_config.msr_bitmap = (u64)arena_pages(1);
  intercept_port(PM1_CONTROL);
  intercept_port(PM1_CONTROL + 1);
  msr_fill_bitmap((u8 *)vmx_config.msr_bitmap);
}

struct invalidation {
  u64 first, second;
};

static void invept_all(void) {
  u64 type = vmx_config.ept_vpid_cap & EPT_CAP_INVEPT_ALL ? 2 : 1;
  struct invalidation all = {ept_pointer(), 0};
  if (vmx_config.ept_vpid_cap & EPT_CAP_INVEPT) {
    asm volatile("invept %0, %1" : : "m"(all), "r"(type) : "cc", "memory");
  }
}

void vmx_flush_guest(struct core *core) {
  u64 type = vmx_config.ept_vpid_cap & VPID_CAP_SINGLE ? 1 : 2;
  struct invalidation descriptor = {type == 1 ? core->index + 1 : 0, 0};
  if (vmx_config.secondary & SECONDARY_VPID && vmx_config.ept_vpid_cap & VPID_CAP_INVVPID) {
    asm volatile("invvpid %0, %1" : : "m"(descriptor), "r"(type) : "cc", "memory");
  }
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
  invept_all();
  vmx_flush_guest(core);
  vmcs_fill(core);
  hv_log("core %u in VMX operation (APIC id %u)", core->index, core->apic_id);
  core->state = CORE_VMX;
  return true;
}

_Noreturn void vmx_launch_payload(struct core *core, u32 entry) {
  guest_flat32(core, entry);
  hv_log("entering SeaBIOS at 0x%x (core %u)", entry, core->index);
  vmx_enter_guest(core);
}

_Noreturn void vmx_wait_for_sipi(struct core *core) {
  vmwrite(GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
  vmx_enter_guest(core);
}

#include "vmx_config.h"

#include "cpu.h"
#include "log.h"
#include "vmcs_field.h"

#define CPUID1_ECX_VMX 0x20u

#define BASIC_TRUE_CONTROLS (1ull << 55)
#define MISC_WAIT_FOR_SIPI (1ull << 8)
#define EPT_CAP_WALK4 (1ull << 6)
#define EPT_CAP_WB (1ull << 14)
#define EPT_CAP_2M (1ull << 16)
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

/* Cells get no interrupt of the board, and their local APIC's timer is the preemption timer. */
static void choose_timer_controls(void) {
  static const struct control pin = {
      "pin-based (cell)", 0x481, 0x48D, PIN_NMI | PIN_VIRTUAL_NMI | PIN_EXTERNAL_INTERRUPT | PIN_PREEMPTION_TIMER, 0};
  static const struct control primary = {
      "primary (cell)", 0x482, 0x48E,
      PRIMARY_IO_BITMAPS | PRIMARY_MSR_BITMAPS | PRIMARY_SECONDARY | PRIMARY_CR8_LOAD | PRIMARY_CR8_STORE, 0};
  static const struct control exit = {"exit (cell)", 0x483, 0x48F, EXIT_ACKNOWLEDGE, 0};
  vmx_config.cell_pin = adjust(&pin);
  vmx_config.cell_primary = adjust(&primary);
  vmx_config.cell_exit = adjust(&exit) | vmx_config.exit;
}

void vmx_check(bool timer) {
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
  if (timer) {
    choose_timer_controls();
  }
  vmx_config.timer_shift = vmx_config.misc & 31;
  vmx_config.bus_ratio = rdmsr(MSR_PLATFORM_INFO) >> 8 & 0xFF;
  vmx_config.ept_vpid_cap = rdmsr(0x48C);
  u64 needed = EPT_CAP_WALK4 | EPT_CAP_WB | EPT_CAP_2M;
  if ((vmx_config.ept_vpid_cap & needed) != needed || !(vmx_config.misc & MISC_WAIT_FOR_SIPI)) {
    hv_log("ERROR: MSR 48C is %X, bits %X expected; MSR 485 is %X, bit 8 expected", vmx_config.ept_vpid_cap, needed,
           vmx_config.misc);
    hv_stop(STOP_NO_VMX);
  }
}

#include "exit_report.h"

#include "log.h"
#include "vmcs.h"
#include "vmcs_field.h"

/* SDM volume 3 appendix C. */
static const struct {
  u32 reason;
  const char *name;
} names[] = {
    {0, "exception or NMI"},
    {1, "external interrupt"},
    {2, "triple fault"},
    {3, "INIT"},
    {4, "SIPI"},
    {7, "interrupt window"},
    {8, "NMI window"},
    {10, "CPUID"},
    {11, "GETSEC"},
    {13, "INVD"},
    {18, "VMCALL"},
    {19, "VMCLEAR"},
    {20, "VMLAUNCH"},
    {21, "VMPTRLD"},
    {22, "VMPTRST"},
    {23, "VMREAD"},
    {24, "VMRESUME"},
    {25, "VMWRITE"},
    {26, "VMXOFF"},
    {27, "VMXON"},
    {28, "CR access"},
    {30, "I/O"},
    {31, "RDMSR"},
    {32, "WRMSR"},
    {48, "EPT violation"},
    {49, "EPT misconfiguration"},
    {50, "INVEPT"},
    {52, "preemption timer"},
    {53, "INVVPID"},
    {54, "WBINVD"},
    {55, "XSETBV"},
    {59, "VMFUNC"},
};

const char *exit_name(u32 reason) {
  for (u32 i = 0; i < COUNT(names); i++) {
    if (names[i].reason == reason) {
      return names[i].name;
    }
  }
  return "reason";
}

_Noreturn void exit_fatal(struct core *core, const char *what, u32 stop_code) {
  u32 reason = (u32)vmread(EXIT_REASON) & 0xFFFF;
  hv_log("FATAL: core %u: %s (exit reason %u, %s)", core->index, what, reason, exit_name(reason));
  vmcs_dump(core);
  hv_stop(stop_code);
}

static void log_core_statistics(const struct core *core) {
  u64 total = 0;
  for (u32 reason = 0; reason < EXIT_REASONS; reason++) {
    total += core->exits[reason];
  }
  hv_log_begin();
  hv_log_part("core %u: %U VM exits", core->index, total);
  for (u32 reason = 0; reason < EXIT_REASONS; reason++) {
    if (core->exits[reason]) {
      hv_log_part(", %s (%u): %U", exit_name(reason), reason, core->exits[reason]);
    }
  }
  hv_log_end();
}

void log_exit_statistics(void) {
  for (u32 i = 0; i < core_count; i++) {
    log_core_statistics(cores[i]);
  }
}

/* MSRs the guest does not get to see as they are; all others pass through the bitmap without an exit. */
#include "cpu.h"
#include "exit.h"
#include "log.h"
#include "guest.h"

void exit_rdmsr(struct core *core) {
  if ((u32)core->regs.rcx != MSR_MICROCODE_REVISION) {
    /* VMX is hidden, so its MSRs do not exist; nor do those outside the two ranges of the bitmap. */
    inject_exception(core, VECTOR_GP);
    return;
  }
  cpuid(1, 0);
  u64 value = rdmsr(MSR_MICROCODE_REVISION);
  core->regs.rax = (u32)value;
  core->regs.rdx = value >> 32;
  skip_instruction();
}

void exit_wrmsr(struct core *core) {
  u32 msr = (u32)core->regs.rcx;
  if (msr == MSR_MICROCODE_TRIGGER) {
    hv_log("core %u: the guest's microcode update is ignored", core->index);
  } else if (msr != MSR_MICROCODE_REVISION) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  skip_instruction();
}

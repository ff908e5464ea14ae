/* MSRs the guest does not get to see as they are; all others pass through the bitmap without an exit. */
#include "cell.h"
#include "cpu.h"
#include "exit.h"
#include "guest.h"
#include "log.h"
#include "vm.h"

#define APIC_BASE_BOOTSTRAP 0x100ull
#define APIC_BASE_ENABLED 0xFEE00800ull

static void answer(struct core *core, u64 value) {
  core->regs.rax = (u32)value;
  core->regs.rdx = value >> 32;
  skip_instruction();
}

/* Of what cells have no direct access to, the few that programs look at and that say nothing of others. */
static bool cell_reads(const struct core *core, u32 msr, u64 *value) {
  switch (msr) {
    case MSR_APIC_BASE:
      *value = APIC_BASE_ENABLED | (core == core->vm->first ? APIC_BASE_BOOTSTRAP : 0);
      return true;
    case MSR_MTRR_CAP: *value = 0; return true;
    case MSR_MICROCODE_REVISION: *value = rdmsr(msr); return true;
    default: return false;
  }
}

void exit_rdmsr(struct core *core) {
  u32 msr = (u32)core->regs.rcx;
  u64 value;
  if (vm_is_cell(core->vm) && cell_reads(core, msr, &value)) {
    answer(core, value);
  } else if (!vm_is_cell(core->vm) && msr == MSR_MICROCODE_REVISION) {
    cpuid(1, 0);
    answer(core, rdmsr(msr));
  } else {
    /* VMX is hidden, so its MSRs do not exist; nor do those outside the two ranges of the bitmap. */
    inject_exception(core, VECTOR_GP);
  }
}

void exit_wrmsr(struct core *core) {
  u32 msr = (u32)core->regs.rcx;
  if (vm_is_cell(core->vm)) {
    if (cell_may_ignore(core, "writes MSR", msr)) {
      inject_exception(core, VECTOR_GP);
    }
    return;
  }
  if (msr == MSR_MICROCODE_TRIGGER) {
    hv_log("core %u: the guest's microcode update is ignored", core->index);
  } else if (msr != MSR_MICROCODE_REVISION) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  skip_instruction();
}

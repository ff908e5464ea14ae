/* MSRs the guest does not get to see as they are; all others pass through the bitmap without an exit. */
#include "msr.h"

#include "cpu.h"
#include "exit.h"
#include "log.h"
#include "vmx.h"

#define BITMAP_READ_LOW 0
#define BITMAP_WRITE_LOW 2048

static void set_low(u8 *bitmap, u32 part, u32 msr) { bitmap[part + msr / 8] |= (u8)(1 << (msr & 7)); }

void msr_fill_bitmap(u8 *bitmap) {
  for (u32 msr = MSR_VMX_BASIC; msr <= MSR_VMX_LAST; msr++) {
    set_low(bitmap, BITMAP_READ_LOW, msr);
    set_low(bitmap, BITMAP_WRITE_LOW, msr);
  }
  set_low(bitmap, BITMAP_READ_LOW, MSR_FEATURE_CONTROL);
  set_low(bitmap, BITMAP_WRITE_LOW, MSR_FEATURE_CONTROL);
  set_low(bitmap, BITMAP_READ_LOW, MSR_MICROCODE_REVISION);
  set_low(bitmap, BITMAP_WRITE_LOW, MSR_MICROCODE_REVISION);
  set_low(bitmap, BITMAP_WRITE_LOW, MSR_MICROCODE_TRIGGER);
}

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

#include "msr_bitmap.h"

#include "cpu.h"
#include "memory_functions.h"

#define BITMAP_READ 0
#define BITMAP_WRITE 2048
#define HIGH_HALF 1024 /* MSRs from C0000000h on */
#define HIGH_FIRST 0xC0000000u

static void set(u8 *bitmap, u32 part, u32 msr, bool intercept) {
  u32 at = part + (msr >= HIGH_FIRST ? HIGH_HALF : 0) + (msr & 0x1FFF) / 8;
  u8 bit = (u8)(1 << (msr & 7));
  bitmap[at] = (u8)(intercept ? bitmap[at] | bit : bitmap[at] & ~bit);
}

static void set_both(u8 *bitmap, u32 msr, bool intercept) {
  set(bitmap, BITMAP_READ, msr, intercept);
  set(bitmap, BITMAP_WRITE, msr, intercept);
}

void msr_bitmap_fill(u8 *bitmap) {
  for (u32 msr = MSR_VMX_BASIC; msr <= MSR_VMX_LAST; msr++) {
    set_both(bitmap, msr, true);
  }
  set_both(bitmap, MSR_FEATURE_CONTROL, true);
  set_both(bitmap, MSR_MICROCODE_REVISION, true);
  set(bitmap, BITMAP_WRITE, MSR_MICROCODE_TRIGGER, true);
}

void msr_bitmap_fill_cell(u8 *bitmap) {
  static const u32 own[] = {MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_PAT,     MSR_EFER,
                            MSR_STAR,        MSR_LSTAR,        MSR_CSTAR,        MSR_FMASK,   MSR_FS_BASE,
                            MSR_GS_BASE,     MSR_KERNEL_GS,    MSR_TSC_AUX};
  static const u32 readable[] = {MSR_TSC, MSR_FSB_FREQ, MSR_PLATFORM_INFO};
  memset(bitmap, 0xFF, PAGE);
  for (u32 i = 0; i < COUNT(own); i++) {
    set_both(bitmap, own[i], false);
  }
  for (u32 i = 0; i < COUNT(readable); i++) {
    set(bitmap, BITMAP_READ, readable[i], false);
  }
}

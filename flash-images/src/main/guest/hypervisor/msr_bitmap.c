#include "msr_bitmap.h"

#include "cpu.h"

#define BITMAP_READ_LOW 0
#define BITMAP_WRITE_LOW 2048

static void set_low(u8 *bitmap, u32 part, u32 msr) { bitmap[part + msr / 8] |= (u8)(1 << (msr & 7)); }

void msr_bitmap_fill(u8 *bitmap) {
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

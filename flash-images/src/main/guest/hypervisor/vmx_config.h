/* What this processor's VMX can do, and the controls chosen from that. */
#ifndef HV_VMX_CONFIG_H
#define HV_VMX_CONFIG_H

#include "types.h"

/* IA32_VMX_* as read once by the bootstrap processor, and the adjusted controls all cores use. */
struct vmx_config {
  u64 basic;
  u64 cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
  u64 ept_vpid_cap, misc;
  u32 pin, primary, secondary, exit, entry;
  u64 io_bitmap_a, io_bitmap_b, msr_bitmap;
};

extern struct vmx_config vmx_config;

/* Stops with an error naming the missing feature and the MSR that says so. */
void vmx_check(void);

#endif

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
  u32 cell_pin, cell_primary, cell_exit; /* those of cells, where they differ */
  u32 timer_shift;                       /* time-stamp counts per step of the preemption timer, as a power of two */
  u32 bus_ratio;                         /* time-stamp counts per bus clock */
};

extern struct vmx_config vmx_config;

/*
 * Stops with an error naming the missing feature and the MSR that says so. With `timer` the preemption timer has to be
 * there, for cells or for the hypervisor's console.
 */
void vmx_check(bool timer);

#endif

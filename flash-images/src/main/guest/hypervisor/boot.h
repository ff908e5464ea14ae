#ifndef HV_BOOT_H
#define HV_BOOT_H

#include "coreboot_table.h"

/* 16.16: printed at the start, CPUID leaf 40000001h EAX, VMCALL leaf 0. */
#define HV_VERSION 0x00010000u

/* Guest-visible pages below the hidden block: the rewritten coreboot tables, the GDT SeaBIOS starts with. */
#define SHARED_SIZE (64 * KIB)
#define SHARED_GDT_OFFSET (SHARED_SIZE - PAGE)

/* Found out before the move, carried along in .data. */
struct boot_info {
  struct coreboot_table table;
  u64 shared_base;
  u64 low_ram_end;  /* end of the highest RAM range below 4 GiB */
  u64 high_ram_end; /* end of RAM above 4 GiB, or 4 GiB */
  u64 usable_start; /* the RAM range that holds the hypervisor */
  u64 usable_end;
};

extern struct boot_info boot_info;

/* True when the guest may have its program there: RAM, or the area below 1 MiB, and not ours. */
bool guest_may_load(u64 address, u64 length);

#endif

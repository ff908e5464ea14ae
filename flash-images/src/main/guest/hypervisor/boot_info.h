/* Which memory is whose. */
#ifndef HV_BOOT_INFO_H
#define HV_BOOT_INFO_H

#include "coreboot_table.h"
#include "memory.h"

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

/* Chooses the block and reads the ends of RAM off the coreboot table; false when no range has the room. */
bool boot_info_choose(void);

/* True when the guest may have its program there: RAM, or the area below 1 MiB, and not ours. */
bool guest_may_load(u64 address, u64 length);

#endif

/* Which memory is whose. */
#ifndef HV_BOOT_INFO_H
#define HV_BOOT_INFO_H

#include "coreboot_table.h"
#include "memory.h"

/* Pages the primary VM sees below the hidden memory: the rewritten coreboot tables, the GDT SeaBIOS starts with. */
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

/*
 * Chooses the block, with `extra` bytes more to hide below it, and reads the ends of RAM off the coreboot table; false
 * when no range has the room.
 */
bool boot_info_choose(u64 extra);

#endif

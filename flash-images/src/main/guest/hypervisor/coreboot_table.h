/* The coreboot tables ("LBIO"): finding them, reading the memory map, hiding the hypervisor in it. */
#ifndef HV_COREBOOT_TABLE_H
#define HV_COREBOOT_TABLE_H

#include "lb_tables.h"
#include "types.h"

struct lb_memory_range {
  u64 start;
  u64 size;
  u32 type;
} PACKED;

struct coreboot_table {
  u64 anchor; /* first header found in low memory: the guest starts its search there too */
  u64 header; /* the header with the records; equals anchor when nothing forwards */
};

/* Scans 0..FFFh, then F0000h..FFFFFh, follows forwarding; false when no table with right checksums is there. */
bool coreboot_table_find(struct coreboot_table *table);

/* The memory ranges in place (*count of them), or NULL. */
const struct lb_memory_range *coreboot_memory(const struct coreboot_table *table, u32 *count);

/*
 * Writes a copy of the tables at copy_at (guest-visible, of type TABLE, up to hidden_at) whose memory map marks
 * [copy_at, hidden_at) as TABLE and [hidden_at, hidden_at + hidden_size) as RESERVED, then makes the anchor forward
 * to it. False when the copy does not fit.
 */
bool coreboot_table_hide(const struct coreboot_table *table, u64 copy_at, u64 hidden_at, u64 hidden_size);

#endif

/* Guest-physical memory of a VM: an identity map of what is the primary VM's, or a cell's block at address 0. */
#ifndef HV_EPT_H
#define HV_EPT_H

#include "config.h"

struct ept {
  u64 *root;
  u32 demand_tables; /* that mapping on demand may still use */
};

/* The primary VM: maps 0..end (at least 4 GiB; the rest of the address space is mapped when first touched). */
void ept_build(struct ept *ept, u64 end);

/* A cell: its memory, and the registers that are its own. */
void ept_build_cell(struct ept *ept, u64 base, u64 size, const struct config_ranges *mmio);

u64 ept_pointer(const struct ept *ept);

/* Maps the 2 MiB around an address that no entry covers yet; false for hidden memory and outside the address space. */
bool ept_map_on_demand(struct ept *ept, u64 address);

#endif

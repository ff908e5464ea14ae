/* The identity map of guest-physical memory, shared by all cores, without the hypervisor's own. */
#ifndef HV_EPT_H
#define HV_EPT_H

#include "types.h"

/* Maps 0..end (at least 4 GiB; the rest of the physical address space is mapped when first touched). */
void ept_build(u64 end);

u64 ept_pointer(void);

/* Maps the 2 MiB around an address that no entry covers yet; false for our memory and outside the address space. */
bool ept_map_on_demand(u64 address);

#endif

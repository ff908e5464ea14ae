#ifndef HV_VMCS_H
#define HV_VMCS_H

#include "core.h"

/* All controls, the host state of this core, and the guest in its reset state. */
void vmcs_fill(struct core *core);

/* Guest state of a coreboot payload: flat 32-bit protected mode, paging off, interrupts off. */
void guest_flat32(struct core *core, u32 entry);

/* The VMCS fields that explain a stop, a few to a line. */
void vmcs_dump(const struct core *core);

#endif

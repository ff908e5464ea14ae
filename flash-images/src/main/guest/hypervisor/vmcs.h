#ifndef HV_VMCS_H
#define HV_VMCS_H

#include "core.h"

/* All controls, the host state of this core with `exit_entry` as its RIP, and the guest in its reset state. */
void vmcs_fill(struct core *core, u64 exit_entry);

/* Guest register state as INIT leaves it (SDM volume 3 table 9-1). */
void guest_reset(struct core *core);

/* Guest state after a start-up IPI: real mode at the start of the page it names. */
void guest_start_at(struct core *core, u32 vector);

/* Guest state of a coreboot payload: flat 32-bit protected mode, paging off, interrupts off. */
void guest_flat32(struct core *core, u32 entry);

/* The VMCS fields that explain a stop, a few to a line. */
void vmcs_dump(const struct core *core);

#endif

/* The guest's instruction bytes: its page tables walked, its memory read. */
#ifndef HV_GUEST_MEMORY_H
#define HV_GUEST_MEMORY_H

#include "core.h"

/* Copies up to `limit` bytes from the guest's RIP on; returns how many could be read. */
u32 guest_fetch(const struct core *core, u8 *to, u32 limit);

#endif

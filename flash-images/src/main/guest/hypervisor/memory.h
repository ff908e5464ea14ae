/* The hypervisor's own 2 MiB of RAM: the image at its start, pages for everything else behind it. */
#ifndef HV_MEMORY_H
#define HV_MEMORY_H

#include "types.h"

#define HV_MEMORY_SIZE (2 * MIB)

/* Hands the pages [start, end) to the arena. */
void arena_init(u64 start, u64 end);

/* Zeroed, page aligned, never given back; stops with an error when the 2 MiB are used up. */
void *arena_pages(u64 count);

u64 arena_free_pages(void);

/* The hypervisor's own block. */
extern u64 hv_memory_base;

/* Where what the primary VM does not see begins: memory of cells, what a restart needs, then the block; whole 2 MiB. */
extern u64 hidden_base;

static inline bool in_hidden(u64 address, u64 length) {
  return address < hv_memory_base + HV_MEMORY_SIZE && address + length > hidden_base;
}

static inline bool in_hv_memory(u64 address, u64 length) {
  return address < hv_memory_base + HV_MEMORY_SIZE && address + length > hv_memory_base;
}

#endif

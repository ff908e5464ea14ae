#ifndef HV_PAGING_H
#define HV_PAGING_H

#include "types.h"

/*
 * Builds the final host tables: identity for 4 GiB with 2 MiB pages, never executable, uncached from uncached_from
 * up (the flash window keeps the type of its MTRR); the image by 4 KiB pages, code read-only and executable,
 * constants read-only, the rest writable. Loads them and sets CR0.WP.
 */
void paging_build(u64 uncached_from);

u64 paging_root(void);

#endif

/* Trained delays in the flash map's area RW_MRC_CACHE, for the next boot. */
#ifndef FW_MRC_CACHE_H
#define FW_MRC_CACHE_H

#include "dram_lanes.h"

/* Gets what was stored for this processor and speed; NULL, or why there is nothing to use. */
const char *mrc_cache_load(u32 speed, struct lane lanes[LANES]);

/* Stores, and says so; an image without the area is left alone. */
void mrc_cache_store(u32 speed, const struct lane lanes[LANES]);

#endif

#ifndef HV_MSR_BITMAP_H
#define HV_MSR_BITMAP_H

#include "types.h"

/* Sets the bits of the intercepted MSRs in a zeroed 4 KiB bitmap (SDM volume 3, 24.6.9). */
void msr_bitmap_fill(u8 *bitmap);

#endif

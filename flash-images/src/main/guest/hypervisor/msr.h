#ifndef HV_MSR_H
#define HV_MSR_H

#include "types.h"

/* Sets the bits of the intercepted MSRs in a zeroed 4 KiB bitmap (SDM volume 3, 24.6.9). */
void msr_fill_bitmap(u8 *bitmap);

#endif

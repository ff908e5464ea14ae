#ifndef HV_MSR_BITMAP_H
#define HV_MSR_BITMAP_H

#include "types.h"

/* The primary VM: all MSRs pass but VMX' and the microcode's. `bitmap` is a zeroed page. */
void msr_bitmap_fill(u8 *bitmap);

/* A cell: only those pass that VM entries and exits switch, or that matter to its own core alone. */
void msr_bitmap_fill_cell(u8 *bitmap);

#endif

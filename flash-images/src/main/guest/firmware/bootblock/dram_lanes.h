/*
 * The byte lanes of memory and their delays in the PHY: 0 to 7 are data, 8 is ECC. Delays are in PI, 1/128 of a memory
 * clock.
 */
#ifndef FW_DRAM_LANES_H
#define FW_DRAM_LANES_H

#include "types.h"

#define LANES 9
#define ALL_LANES 0x1ffu

enum knob {
  RCVEN, /* when the receiver opens for a read's strobe */
  WDQS,  /* strobe of writes */
  WDQ,   /* data of writes */
  RDQS,  /* read strobe in the data, 0 to 127 */
  VREF,  /* threshold of the receiver, -31 to 31 */
  KNOBS
};

/* What training finds. */
struct lane {
  s16 knob[KNOBS];
};

/* Programs one delay of one lane. */
void lane_set(u32 lane, enum knob knob, s32 value);

/* Bit n: the level that lane n samples; of the strobe, or in write levelling of the clock. */
u32 lanes_strobe_levels(void);
u32 lanes_clock_levels(void);

#endif

/* The pattern engine of the memory controller. */
#ifndef FW_HTE_H
#define FW_HTE_H

#include "types.h"

/* Bursts of reads, so that strobes move. */
void hte_burst(void);

/* Reads the DRAMs' own pattern (MPR). Bit n: lane n reads it rightly. */
u32 hte_read_pattern(void);

/* Writes and reads back. Bit n: lane n does both. */
u32 hte_write_and_compare(void);

/* Starts to fill memory with zeros; both ends are multiples of 64, counted in DRAM. */
void hte_clear(u32 start, u32 end);

u32 hte_busy(void);

#endif

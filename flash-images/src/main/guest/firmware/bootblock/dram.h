/* Memory from power-on to use. */
#ifndef FW_DRAM_H
#define FW_DRAM_H

#include "types.h"

/* Sets the DRAMs up and trains the lanes: from here on the processor reaches memory. */
void dram_init(void);

/* Clears what is below 4 GiB; both ends are multiples of 64. */
void dram_clear(u32 start, u32 end);

#endif

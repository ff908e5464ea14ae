/* Memory types by the MTRRs (SDM volume 3, 11.11), read once. */
#ifndef HV_MTRR_H
#define HV_MTRR_H

#include "types.h"

enum memory_type { TYPE_UC = 0, TYPE_WC = 1, TYPE_WT = 4, TYPE_WP = 5, TYPE_WB = 6 };

void mtrr_read(void);

/* Type of the 4 KiB page at this address. */
u32 mtrr_type(u64 address);

/* True when the whole 2 MiB page at this address has one type. */
bool mtrr_uniform(u64 address);

#endif

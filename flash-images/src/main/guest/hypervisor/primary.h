/* The primary VM: starting it, and starting it again on a board that is already set up. */
#ifndef HV_PRIMARY_H
#define HV_PRIMARY_H

#include "core.h"

/* Bytes to hide beside the cells' memory for what a new start needs of the firmware's tables; a multiple of 2 MiB. */
u64 primary_backup_size(void);

/* Keeps the tables the firmware left, before the first program runs; only when a new start is possible. */
void primary_keep_tables(void);

/* Loads the payload and prepares the bootstrap core to enter it. Stops the board when that cannot be done. */
void primary_load(struct core *core);

/* What other cores asked of a core of the primary VM. */
void primary_serve(struct core *core, u32 requests);

/* A core of it had a triple fault: the board is reset, or the VM starts again, as configured. */
void primary_triple_fault(struct core *core);

#endif

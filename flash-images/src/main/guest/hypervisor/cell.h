/* Running, stopping and starting again. */
#ifndef HV_CELL_H
#define HV_CELL_H

#include "config.h"
#include "core.h"

/*
 * At the end of every exit and before the first entry: does what other cores have asked for. A core of a cell stays in
 * here until there is a guest to enter.
 */
void core_settle(struct core *core);

/* Has the VM's first core start it, or start it again; false when that core is missing. */
bool vm_request_start(struct vm *vm);

/* The cell did something that ends it: a line, then its policy decides. Comes back to settle the core. */
void cell_end(struct core *core, const char *why, enum restart_policy policy);

/* An access to what is not the cell's own: ends it, unless it is to be ignored (true). */
bool cell_may_ignore(struct core *core, const char *what, u64 where);

#endif

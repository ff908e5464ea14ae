/* What the hypervisor says of exits, and the ends a guest comes to. */
#ifndef HV_EXIT_REPORT_H
#define HV_EXIT_REPORT_H

#include "core.h"

/* One log line per core: how many exits of which kind. */
void log_exit_statistics(void);

/* Guest stopped for good: line, VMCS dump, debug exit. */
_Noreturn void exit_fatal(struct core *core, const char *what, u32 stop_code);

/* Of a basic exit reason. */
const char *exit_name(u32 reason);

#endif

/* The processor's VMX, tried out before the first guest: selftest=on in hypervisor.cfg. */
#ifndef HV_SELFTEST_H
#define HV_SELFTEST_H

#include "core.h"

/*
 * Runs small guests under a VMCS of their own, one line each in the log; the core's VMCS is current before and after.
 * A wrong exit is an ERROR line, and the boot goes on.
 */
void selftest_run(struct core *core);

#endif

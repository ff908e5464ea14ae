/* The processor's cached translations of the guest. */
#ifndef HV_TLB_H
#define HV_TLB_H

#include "core.h"

/* Drops what the processor keeps of the EPT tables. */
void tlb_flush_ept(const struct core *core);

/* Drops this guest's TLB entries after the hypervisor changed its control registers. */
void tlb_flush_guest(struct core *core);

#endif

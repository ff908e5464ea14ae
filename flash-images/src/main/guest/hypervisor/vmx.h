/* Taking cores into VMX operation and into the guest. */
#ifndef HV_VMX_H
#define HV_VMX_H

#include "core.h"

/* Feature control, VMXON, VMCS of this core; logs "core N in VMX operation"; false after an error line. */
bool vmx_start_core(struct core *core);

/* Application processor: into the guest that waits for its start-up IPI, or, of a cell, waiting for what it is asked. */
_Noreturn void vmx_wait_for_sipi(struct core *core);

/* vmentry.S: loads the guest registers and enters; returns only through an exit. */
_Noreturn void vmx_enter_guest(struct core *core);

#endif

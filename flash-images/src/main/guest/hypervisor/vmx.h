/* Taking cores into VMX operation and into the guest. */
#ifndef HV_VMX_H
#define HV_VMX_H

#include "core.h"

/* Bitmaps; after ept_build. */
void vmx_prepare(void);

/* Feature control, VMXON, VMCS of this core; logs "core N in VMX operation"; false after an error line. */
bool vmx_start_core(struct core *core);

/* Bootstrap core: into the guest at a 32-bit flat entry. */
_Noreturn void vmx_launch_payload(struct core *core, u32 entry);

/* Application processor: into the guest that waits for its start-up IPI. */
_Noreturn void vmx_wait_for_sipi(struct core *core);

/* vmentry.S: loads the guest registers and enters; returns only through an exit. */
_Noreturn void vmx_enter_guest(struct core *core);

#endif

/* Handlers of VM exits, one file a group; exit.c holds the table. */
#ifndef HV_EXIT_H
#define HV_EXIT_H

#include "core.h"

typedef void exit_handler(struct core *core);

exit_handler exit_cpuid, exit_cr_access, exit_rdmsr, exit_wrmsr, exit_io, exit_xsetbv, exit_invd, exit_wbinvd;
exit_handler exit_ept_violation, exit_ept_misconfiguration, exit_init, exit_sipi, exit_external_interrupt, exit_nmi;
exit_handler exit_interrupt_window, exit_timer, exit_nmi_window, exit_triple_fault, exit_vmcall, exit_vmx_instruction;

#endif

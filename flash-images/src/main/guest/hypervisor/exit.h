/* Handlers of VM exits, one file a group; exit.c holds the table and what all of them use. */
#ifndef HV_EXIT_H
#define HV_EXIT_H

#include "core.h"

typedef void exit_handler(struct core *core);

exit_handler exit_cpuid, exit_cr_access, exit_rdmsr, exit_wrmsr, exit_io, exit_xsetbv, exit_invd, exit_wbinvd;
exit_handler exit_ept_violation, exit_ept_misconfiguration, exit_init, exit_sipi, exit_external_interrupt, exit_nmi;
exit_handler exit_nmi_window, exit_triple_fault, exit_vmcall, exit_vmx_instruction;

/* Basic exit reasons with a name of their own in reports; "reason" for the others. */
const char *exit_name(u32 reason);

/* Past the instruction that caused the exit; ends STI and MOV SS blocking, keeps single-stepping alive. */
void skip_instruction(void);

#define VECTOR_UD 6
#define VECTOR_DF 8
#define VECTOR_GP 13

/*
 * Injects a hardware exception, merged with an event that was being delivered (#DF, triple fault). The error code is 0
 * where the vector has one.
 */
void inject_exception(struct core *core, u8 vector);

void inject_nmi(struct core *core);

/* Current privilege level of the guest: the DPL of SS. */
u32 guest_cpl(void);

bool guest_in_64bit_code(void);

/* One log line per core: how many exits of which kind. */
void log_exit_statistics(void);

/* Guest stopped for good: line, VMCS dump, debug exit. */
_Noreturn void exit_fatal(struct core *core, const char *what, u32 stop_code);

#endif

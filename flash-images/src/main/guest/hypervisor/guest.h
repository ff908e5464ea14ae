/* The guest of this core: where it is, and the events it is owed. */
#ifndef HV_GUEST_H
#define HV_GUEST_H

#include "core.h"

/* Past the instruction that caused the exit; ends STI and MOV SS blocking, keeps single-stepping alive. */
void skip_instruction(void);

/* The same when the processor does not say how long it is. */
void skip_bytes(u64 length);

/* 16, 32 or 64: the size of the code at RIP. */
u32 guest_code_bits(void);

/* A general register by its number in instructions; RSP lies in the VMCS. */
u64 guest_register(const struct core *core, u32 number);
void guest_set_register(struct core *core, u32 number, u64 value);

/* Whether an external interrupt can be injected at this entry. */
bool guest_takes_interrupts(const struct core *core);

void inject_interrupt(struct core *core, u8 vector);

/* The guest exits when the time-stamp counter has reached this value; 0: no such exit. */
void guest_set_timer(const struct core *core, u64 deadline);

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

/* An event whose delivery the exit broke off is delivered again, unless the handler chose another. */
void guest_reinject(struct core *core);

/* An IRET that unblocked NMIs and then caused this exit runs again: the blocking must be back. */
void guest_restore_nmi_blocking(u32 reason);

#endif

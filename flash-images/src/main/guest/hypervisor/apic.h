/* The local APIC in xAPIC mode, and where the cores' ids come from. */
#ifndef HV_APIC_H
#define HV_APIC_H

#include "types.h"

void apic_init(void);
u32 apic_id(void);
void apic_send_init(u32 target);
void apic_send_startup(u32 target, u8 vector);

/*
 * Candidates for application processors, without this core: the enabled entries of the ACPI MADT, or without one every
 * id of the package that CPUID leaf B allows (ids need not be contiguous: the E3845 has 0, 2, 4, 6). *expected_cores
 * counts the cores that should answer, this one included.
 */
u32 apic_candidates(u32 *ids, u32 limit, u32 *expected_cores);

#endif

/* The local APIC in xAPIC mode, and where the cores' ids come from. */
#ifndef HV_APIC_H
#define HV_APIC_H

#include "types.h"

void apic_init(void);
u32 apic_id(void);
/* Vector of the interrupt that makes a cell's core look at its requests. */
#define VECTOR_KICK 0xF0

void apic_send_fixed(u32 target, u8 vector);
void apic_send_nmi(u32 target);
void apic_end_of_interrupt(void);

/* This core takes fixed interrupts, and no local ones: the core of a cell. */
void apic_enable_plain(void);

/* Notes what the firmware left in the local APIC of the bootstrap core, which is this one. */
void apic_keep(void);

/* This core's local APIC as after INIT, or that of the bootstrap core as the firmware left it. */
void apic_reset(bool bootstrap);

void apic_send_init(u32 target);
void apic_send_startup(u32 target, u8 vector);

/*
 * Candidates for application processors, without this core: the enabled entries of the ACPI MADT, or without one every
 * id of the package that CPUID leaf B allows (ids need not be contiguous: the E3845 has 0, 2, 4, 6). *expected_cores
 * counts the cores that should answer, this one included.
 */
u32 apic_candidates(u32 *ids, u32 limit, u32 *expected_cores);

/* The ACPI MADT in memory, or NULL. Its header has the length at offset 4, the checksum at 9; entries begin at 44. */
u8 *apic_madt(void);

#endif

/* Numbers that assembly and C share. */
#ifndef HV_LAYOUT_H
#define HV_LAYOUT_H

#define HV_LINK_BASE 0x1000000

/* Selectors of every core's GDT; the TSS descriptor takes two slots. */
#define SEL_CODE64 0x08
#define SEL_DATA 0x10
#define SEL_CODE32 0x18
#define SEL_TSS 0x20

/* The page below 1 MiB that carries the start-up code of the application processors while they start. */
#define TRAMPOLINE_BASE 0x8000
#define TRAMPOLINE_CR3 0xF00
#define TRAMPOLINE_ENTRY 0xF08
#define TRAMPOLINE_STACK 0xF10
#define TRAMPOLINE_CORE 0xF18
#define TRAMPOLINE_SEEN 0xF20

/* Offsets in struct core (core.h checks them). */
#define CORE_REGS 0
#define CORE_LAUNCHED 128
#define CORE_ANCHOR 136

#endif

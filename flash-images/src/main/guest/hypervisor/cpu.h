/* Register bits, control registers and MSR numbers, besides what processor.h has. */
#ifndef HV_CPU_H
#define HV_CPU_H

#include "processor.h"

#define CR0_PE 0x1ull
#define CR0_TS 0x8ull
#define CR0_ET 0x10ull
#define CR0_NE 0x20ull
#define CR0_WP 0x10000ull
#define CR0_NW 0x20000000ull
#define CR0_CD 0x40000000ull
#define CR0_PG 0x80000000ull

#define CR4_PSE 0x10ull
#define CR4_PAE 0x20ull
#define CR4_PGE 0x80ull
#define CR4_VMXE 0x2000ull
#define CR4_PCIDE 0x20000ull
#define CR4_OSXSAVE 0x40000ull
#define CR4_SMEP 0x100000ull

#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull
#define EFER_NXE 0x800ull

#define RFLAGS_CF 0x1ull
#define RFLAGS_ZF 0x40ull
#define RFLAGS_TF 0x100ull
#define RFLAGS_IF 0x200ull
#define RFLAGS_VM 0x20000ull

#define MSR_TSC 0x10
#define MSR_APIC_BASE 0x1B
#define MSR_FEATURE_CONTROL 0x3A
#define MSR_MICROCODE_TRIGGER 0x79
#define MSR_MICROCODE_REVISION 0x8B
#define MSR_FSB_FREQ 0xCD
#define MSR_PLATFORM_INFO 0xCE
#define MSR_MTRR_CAP 0xFE
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_DEBUGCTL 0x1D9
#define MSR_PAT 0x277
#define MSR_MTRR_DEF_TYPE 0x2FF
#define MSR_VMX_BASIC 0x480
#define MSR_VMX_LAST 0x491
#define MSR_EFER 0xC0000080
#define MSR_STAR 0xC0000081
#define MSR_LSTAR 0xC0000082
#define MSR_CSTAR 0xC0000083
#define MSR_FMASK 0xC0000084
#define MSR_FS_BASE 0xC0000100
#define MSR_GS_BASE 0xC0000101
#define MSR_KERNEL_GS 0xC0000102
#define MSR_TSC_AUX 0xC0000103

#define DEFINE_CR(n)                                              \
  static inline u64 read_cr##n(void) {                            \
    u64 value;                                                    \
    asm volatile("mov %%cr" #n ", %0" : "=r"(value) : : "memory"); \
    return value;                                                 \
  }                                                               \
  static inline void write_cr##n(u64 value) {                     \
    asm volatile("mov %0, %%cr" #n : : "r"(value) : "memory");     \
  }
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline void pause(void) { asm volatile("pause" : : : "memory"); }

#endif

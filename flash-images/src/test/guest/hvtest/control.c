/* Control registers, and an instruction that exits while it is single-stepped. */
#include "check.h"

#define CR0_NE 0x20u

static u32 write_cr0(u32 value) { return CATCH("mov %0, %%cr0", : : "a"(value) : "memory"); }

static u32 write_cr4(u32 value) { return CATCH("mov %0, %%cr4", : : "a"(value) : "memory"); }

static void check_cr0(void) {
  u32 start = read_cr0();
  check("CR0 at the entry: PE and ET", start & ~CR0_NE, 0x11);
  check("CR0.NE can be set", write_cr0(start | CR0_NE), NO_EXCEPTION);
  check("CR0.NE reads as set", read_cr0(), start | CR0_NE);
  check("CR0.NE can be cleared", write_cr0(start & ~CR0_NE), NO_EXCEPTION);
  check("CR0.NE reads as cleared", read_cr0(), start & ~CR0_NE);
  check("PG without PE: #GP", write_cr0(((start | CR0_NE) & ~1u) | 0x80000000), GP);
  check("NW without CD: #GP", write_cr0(start | CR0_NE | 0x20000000), GP);
  check("CR0 unchanged after the faults", read_cr0(), start & ~CR0_NE);
}

static void check_cr4(void) {
  u32 start = read_cr4();
  check("CR4 at the entry", start, 0);
  check("CR4.VMXE: #GP", write_cr4(start | 0x2000), GP);
  check("CR4.PSE can be set", write_cr4(start | 0x10), NO_EXCEPTION);
  check("CR4.PSE reads as set, VMXE does not", read_cr4(), start | 0x10);
  check("CR4.PSE can be cleared", write_cr4(start), NO_EXCEPTION);
  check("reserved bit of CR4: #GP", write_cr4(start | 0x80000000), GP);
}

/* POPF sets TF; the trap comes after the next instruction, CPUID, which exits. */
static void check_single_step(void) {
  debug_traps = 0;
  asm volatile(
      "pushfl\n\t"
      "orl $0x100, (%%esp)\n\t"
      "popfl\n\t"
      "cpuid\n\t"
      "nop\n\t"
      "nop"
      :
      : "a"(0), "c"(0)
      : "ebx", "edx", "memory", "cc");
  check("single step over CPUID: one trap", debug_traps, 1);
}

void check_control_registers(void) {
  check_cr0();
  check_cr4();
  check_single_step();
}

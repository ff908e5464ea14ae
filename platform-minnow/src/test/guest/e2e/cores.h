/*
 * Starts the application processors: each runs core(number) with a stack of its own, in flat 32-bit code; a counter
 * says how many cores there are.
 */
#include "cells.h"

#define TRAMPOLINE 0x8000u
#define APIC_COMMAND 0xFEE00300u
#define INIT_OTHERS 0xC4500u
#define START_OTHERS (0xC4600u | TRAMPOLINE >> 12)

/* What an application processor runs: 16 bits at the trampoline, then flat with a stack of its own. */
__asm__(
    ".text\n .code16\n"
    "ap_start: cli\n xorw %ax, %ax\n movw %ax, %ds\n lgdtl 0x8000 + ap_gdt_pointer - ap_start\n"
    " movl %cr0, %eax\n andl $0x9FFFFFFF, %eax\n orl $1, %eax\n movl %eax, %cr0\n ljmpl $8, $ap_flat\n"
    " .balign 8\n ap_gdt: .quad 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF\n"
    "ap_gdt_pointer: .word 23\n .long ap_gdt\n ap_end:\n"
    ".code32\n"
    "ap_flat: movw $16, %ax\n movw %ax, %ds\n movw %ax, %es\n movw %ax, %ss\n"
    " movl $1, %eax\n lock xaddl %eax, cores\n"
    " movl %eax, %ecx\n shll $12, %ecx\n leal ap_stacks(%ecx), %esp\n"
    " pushl %eax\n call core\n"
    "8: cli\n hlt\n jmp 8b\n"
    ".bss\n .balign 16\n .space 4096\n ap_stacks: .space 16384\n .text\n");

extern const char ap_start[], ap_end[];

volatile u32 cores = 1;

void core(u32 number);

static void spend_milliseconds(u32 count) {
  for (u32 i = 0; i < count * 1000; i++) {
    inb(0x80);
  }
}

static void start_others(void) {
  for (u32 i = 0; i < (u32)(ap_end - ap_start); i++) {
    *(volatile char *)(TRAMPOLINE + i) = ap_start[i];
  }
  write32(APIC_COMMAND, INIT_OTHERS);
  spend_milliseconds(10);
  write32(APIC_COMMAND, START_OTHERS);
  spend_milliseconds(10);
}

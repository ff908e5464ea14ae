/*
 * A job of four equal pieces, done by one core alone and then by four at once, with the time-stamp counter read before
 * and after. Says whether all got the same results, and how many hundredths of the first time the second took.
 */
#include "cells.h"

#define TRAMPOLINE 0x8000u
#define APIC_COMMAND 0xFEE00300u
#define INIT_OTHERS 0xC4500u
#define START_OTHERS (0xC4600u | TRAMPOLINE >> 12)
#define PIECES 4
#ifndef STEPS
#define STEPS 500000u
#endif

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
    " pushl %eax\n call piece_of_core\n"
    "8: cli\n hlt\n jmp 8b\n"
    ".bss\n .balign 16\n .space 4096\n ap_stacks: .space 16384\n .text\n");

extern const char ap_start[], ap_end[];

volatile u32 cores = 1, go, done;
volatile u32 results[PIECES];

static u32 piece(u32 number) {
  u32 x = 2463534242u + number;
  for (u32 i = 0; i < STEPS; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
  }
  return x;
}

void piece_of_core(u32 number) {
  while (!go) {
    __asm__ volatile("pause");
  }
  results[number] = piece(number);
  __asm__ volatile("lock incl %0" : "+m"(done));
}

static u32 ticks(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return low >> 10 | high << 22;
}

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

void program(void) {
  u32 alone[PIECES], same = 1;
  u32 begin = ticks();
  for (u32 i = 0; i < PIECES; i++) {
    alone[i] = piece(i);
  }
  u32 time_alone = ticks() - begin;
  start_others();
  say_line("scaling: cores ", cores);
  begin = ticks();
  go = 1;
  piece_of_core(0);
  while (done < PIECES) {
    __asm__ volatile("pause");
  }
  u32 time_together = ticks() - begin;
  for (u32 i = 0; i < PIECES; i++) {
    same &= results[i] == alone[i];
  }
  say_line("scaling: same results ", same);
  say_line("scaling: hundredths ", time_together * 100 / time_alone);
  power_off();
}

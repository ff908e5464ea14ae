/* Start-up code of an application processor: real mode at TRAMPOLINE_BASE, out in 64-bit mode. */
#include "layout.h"

#define IN_PAGE(symbol) (TRAMPOLINE_BASE + (symbol) - trampoline_start)

  .section .rodata
  .balign 16
  .globl trampoline_start, trampoline_end
  .hidden trampoline_start, trampoline_end
  .code16
trampoline_start:
  cli
  cld
  movw %cs, %ax
  movw %ax, %ds
  movl $1, TRAMPOLINE_SEEN      /* tells the starter that the start-up IPI arrived */
  lgdtl trampoline_gdt_pointer - trampoline_start
  movl %cr0, %eax
  andl $0x9FFFFFFF, %eax        /* INIT leaves CD and NW set */
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $SEL_CODE32, $IN_PAGE(trampoline32)

  .code32
trampoline32:
  movl $SEL_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %cr4, %eax
  orl $0x20, %eax
  movl %eax, %cr4
  movl TRAMPOLINE_BASE + TRAMPOLINE_CR3, %eax
  movl %eax, %cr3
  movl $0xC0000080, %ecx
  rdmsr
  orl $0x900, %eax              /* LME, NXE: the tables use both */
  wrmsr
  movl %cr0, %eax
  orl $0x80010021, %eax         /* PG, WP, NE, PE */
  movl %eax, %cr0
  ljmpl $SEL_CODE64, $IN_PAGE(trampoline64)

  .code64
trampoline64:
  movq TRAMPOLINE_BASE + TRAMPOLINE_STACK, %rsp
  movq TRAMPOLINE_BASE + TRAMPOLINE_CORE, %rdi
  xorl %ebp, %ebp
  call *TRAMPOLINE_BASE + TRAMPOLINE_ENTRY
  ud2

  .balign 8
trampoline_gdt:
  .quad 0
  .quad 0x00AF9B000000FFFF
  .quad 0x00CF93000000FFFF
  .quad 0x00CF9B000000FFFF
trampoline_gdt_pointer:
  .word trampoline_gdt_pointer - trampoline_gdt - 1
  .long IN_PAGE(trampoline_gdt)
trampoline_end:

  .section .note.GNU-stack, "", @progbits

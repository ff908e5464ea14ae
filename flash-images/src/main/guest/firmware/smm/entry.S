/* Start of the SMM module: header, the stub that is copied to SMBASE + 8000 of each core, and the way into C. */
#include "smm.h"

#define STACK_SIZE 1024

  .section .text.start, "ax"
  .globl smm_header
smm_header:
  .long gdt
  .long stub
  .long stub_end - stub
  .long stub_parameters - stub
  .long smm_end

/* CS begins at this core's SMBASE; real mode with limits of 4 GiB. */
  .code16
stub:
  cld
  movl %cs:(SMM_ENTRY + stub_cpu - stub), %ebx
  lgdtl %cs:(SMM_ENTRY + stub_parameters - stub)
  movl %cr0, %eax
  orb $1, %al
  movl %eax, %cr0
  ljmpl $SMM_CODE, $protected_mode
  .balign 4
stub_parameters:
  .word gdt_end - gdt - 1
  .long 0                       /* linear address of the GDT */
stub_cpu:
  .long 0
stub_end:

  .code32
protected_mode:
  movw $SMM_DATA, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $SMM_FLAT, %ax
  movw %ax, %fs
  movw %ax, %gs
  movl %ebx, %esp
  incl %esp
  shll $10, %esp
  addl $smm_stacks, %esp
  call smm_handler
  rsm

/* The ramstage fills in the bases of code and data. */
  .balign 8
gdt:
  .quad 0
  .quad 0x00cf9b000000ffff
  .quad 0x00cf93000000ffff
  .quad 0x00cf93000000ffff
gdt_end:

  .section .bss
  .balign 16
smm_stacks:
  .space STACK_SIZE * SMM_MAX_CPUS

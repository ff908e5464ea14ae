/* 32-bit entry from the firmware: flat protected mode, paging off, no stack promised. */
#include "layout.h"

/* A link-time 32-bit address without an absolute relocation; valid only while still at HV_LINK_BASE. */
#define AT_LOAD(symbol) ((symbol) - _start + HV_LINK_BASE)

  .section .text.entry, "ax"
  .code32
  .globl _start
_start:
  cli
  cld

  /* The loader may or may not have cleared .bss. */
  movl $AT_LOAD(__bss_start), %edi
  movl $AT_LOAD(__bss_end), %ecx
  subl %edi, %ecx
  shrl $2, %ecx
  xorl %eax, %eax
  rep stosl

  /* PML4[0] -> PDPT, PDPT[0..3] -> four page directories of 2 MiB pages: identity for 4 GiB. */
  movl $AT_LOAD(early_tables), %edi
  leal 0x1003(%edi), %eax
  movl %eax, (%edi)
  leal 0x2003(%edi), %eax
  leal 0x1000(%edi), %ebx
  movl $4, %ecx
1:
  movl %eax, (%ebx)
  addl $0x1000, %eax
  addl $8, %ebx
  loop 1b

  leal 0x2000(%edi), %ebx
  movl $0x83, %eax              /* present, writable, 2 MiB */
  movl $2048, %ecx
2:
  movl %eax, (%ebx)
  addl $0x200000, %eax
  addl $8, %ebx
  loop 2b

  movl %edi, %cr3
  movl %cr4, %eax
  orl $0x20, %eax               /* PAE */
  movl %eax, %cr4
  movl $0xC0000080, %ecx
  rdmsr
  orl $0x100, %eax              /* LME */
  wrmsr
  movl %cr0, %eax
  andl $0x9FFFFFFF, %eax        /* caches on: CD = NW = 0 */
  orl $0x80000021, %eax         /* PG, NE, PE */
  movl %eax, %cr0
  lgdt AT_LOAD(early_gdt_pointer)
  ljmp $SEL_CODE64, $AT_LOAD(start64)

  .balign 8
early_gdt:
  .quad 0
  .quad 0x00AF9B000000FFFF      /* 64-bit code */
  .quad 0x00CF93000000FFFF      /* data */
early_gdt_pointer:
  .word early_gdt_pointer - early_gdt - 1
  .long AT_LOAD(early_gdt)

  .code64
start64:
  movl $SEL_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %fs
  movl %eax, %gs
  movl %eax, %ss
  leaq boot_stack_top(%rip), %rsp
  xorl %ebp, %ebp
  call boot_main
  ud2

  .text
  /* _Noreturn void jump_relocated(u64 entry, u64 stack): into the copy, with its stack. */
  .globl jump_relocated
  .hidden jump_relocated
jump_relocated:
  movq %rsi, %rsp
  xorl %ebp, %ebp
  call *%rdi
  ud2

  /* void load_segments(const struct table_pointer *gdt): this core's own GDT, its selectors and its TSS. */
  .globl load_segments
  .hidden load_segments
load_segments:
  lgdt (%rdi)
  movl $SEL_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %fs
  movl %eax, %gs
  movl %eax, %ss
  movl $SEL_TSS, %eax
  ltr %ax
  popq %rax
  pushq $SEL_CODE64
  pushq %rax
  lretq

  .bss
  .balign 4096
early_tables:
  .skip 6 * 4096
  .skip 8192
  .globl boot_stack_top
  .hidden boot_stack_top
boot_stack_top:

  .section .note.GNU-stack, "", @progbits

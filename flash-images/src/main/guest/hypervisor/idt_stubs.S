/* Entry points of the host's exceptions: one 16-byte stub a vector, then a common frame (idt.c). */
#include "layout.h"

  .text
  .balign 16
  .globl exception_stubs
  .hidden exception_stubs
exception_stubs:
  .set vector, 0
  .rept 32
  .balign 16
  /* Vectors 8, 10-14, 17 and 21 bring an error code. */
  .if (0x00227D00 >> vector) & 1
  .else
  pushq $0
  .endif
  pushq $vector
  jmp exception_common
  .set vector, vector + 1
  .endr

  .balign 16
exception_common:
  pushq %rax
  pushq %rcx
  pushq %rdx
  pushq %rbx
  pushq %rbp
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  cld
  movq %rsp, %rdi
  movq 176(%rsp), %rsi          /* 22 words up: above the hardware frame, the core (core.c) */
  call host_exception
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rdi
  popq %rsi
  popq %rbp
  popq %rbx
  popq %rdx
  popq %rcx
  popq %rax
  addq $16, %rsp
  iretq

  .balign 16
  .globl interrupt_stub
  .hidden interrupt_stub
interrupt_stub:
  pushq %rax
  pushq %rcx
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  cld
  call host_interrupt
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rax
  iretq

  .section .note.GNU-stack, "", @progbits

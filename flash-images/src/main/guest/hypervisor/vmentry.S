/* The way into the guest and back out (host RIP of the VMCS). */
#include "layout.h"

  .text
  .globl vmx_enter_guest
  .hidden vmx_enter_guest
vmx_enter_guest:
  movq CORE_ANCHOR(%rdi), %rsp
  cmpq $0, CORE_LAUNCHED(%rdi)  /* the moves below keep the flags */
  movq CORE_REGS+0x00(%rdi), %rax
  movq CORE_REGS+0x08(%rdi), %rcx
  movq CORE_REGS+0x10(%rdi), %rdx
  movq CORE_REGS+0x18(%rdi), %rbx
  movq CORE_REGS+0x28(%rdi), %rbp
  movq CORE_REGS+0x30(%rdi), %rsi
  movq CORE_REGS+0x40(%rdi), %r8
  movq CORE_REGS+0x48(%rdi), %r9
  movq CORE_REGS+0x50(%rdi), %r10
  movq CORE_REGS+0x58(%rdi), %r11
  movq CORE_REGS+0x60(%rdi), %r12
  movq CORE_REGS+0x68(%rdi), %r13
  movq CORE_REGS+0x70(%rdi), %r14
  movq CORE_REGS+0x78(%rdi), %r15
  movq CORE_REGS+0x38(%rdi), %rdi
  jne 1f
  vmlaunch
  jmp 2f
1:
  vmresume
2:
  /* Still here: the instruction failed. RFLAGS says how (CF: no VMCS, ZF: error number in the VMCS). */
  pushfq
  popq %rsi
  movq (%rsp), %rdi
  call vm_instruction_failed
  ud2

  .globl vmx_exit_entry
  .hidden vmx_exit_entry
vmx_exit_entry:
  pushq %rdi
  movq 8(%rsp), %rdi
  movq %rax, CORE_REGS+0x00(%rdi)
  movq %rcx, CORE_REGS+0x08(%rdi)
  movq %rdx, CORE_REGS+0x10(%rdi)
  movq %rbx, CORE_REGS+0x18(%rdi)
  movq %rbp, CORE_REGS+0x28(%rdi)
  movq %rsi, CORE_REGS+0x30(%rdi)
  movq %r8, CORE_REGS+0x40(%rdi)
  movq %r9, CORE_REGS+0x48(%rdi)
  movq %r10, CORE_REGS+0x50(%rdi)
  movq %r11, CORE_REGS+0x58(%rdi)
  movq %r12, CORE_REGS+0x60(%rdi)
  movq %r13, CORE_REGS+0x68(%rdi)
  movq %r14, CORE_REGS+0x70(%rdi)
  movq %r15, CORE_REGS+0x78(%rdi)
  popq CORE_REGS+0x38(%rdi)
  movq $1, CORE_LAUNCHED(%rdi)
  xorl %ebp, %ebp
  call exit_dispatch
  movq (%rsp), %rdi
  jmp vmx_enter_guest

  .section .note.GNU-stack, "", @progbits

/*
 * u64 selftest_enter(u64 registers[3], u64 resume): enters the guest of the current VMCS with RAX, RCX and RDX from
 * the array and puts them back there at its exit. 0, or 1 when VMLAUNCH or VMRESUME failed.
 */
  .text
  .globl selftest_enter
  .hidden selftest_enter
selftest_enter:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  pushq %rdi
  movl $0x6C14, %eax /* host RSP */
  vmwrite %rsp, %rax
  testq %rsi, %rsi   /* the moves below keep the flags */
  movq 0(%rdi), %rax
  movq 8(%rdi), %rcx
  movq 16(%rdi), %rdx
  jne 1f
  vmlaunch
  jmp 2f
1:
  vmresume
2:
  popq %rdi
  movl $1, %eax
  jmp 3f

  .globl selftest_exit_entry
  .hidden selftest_exit_entry
selftest_exit_entry:
  popq %rdi
  movq %rax, 0(%rdi)
  movq %rcx, 8(%rdi)
  movq %rdx, 16(%rdi)
  xorl %eax, %eax
3:
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret

  .section .note.GNU-stack, "", @progbits

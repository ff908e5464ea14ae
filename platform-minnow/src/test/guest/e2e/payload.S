/* A payload: 32-bit flat protected mode, as the firmware and the hypervisor start one. */
  .text
  .code32
  .globl _start
_start:
  cli
  movl $stack, %esp
#include "actions.h"
boot:
  .ascii "guest: boot "
boot_digit:
  .asciz "0\r\n"
  .balign 16
  .space 4096
stack:

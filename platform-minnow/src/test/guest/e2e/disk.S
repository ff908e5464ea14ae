/* A boot sector, loaded by SeaBIOS to 7C00. */
#define REAL_MODE
  .text
  .code16
  cli
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x7c00, %sp
  sti
  ljmp $0, $act
#include "actions.h"
boot:
  .ascii "guest: boot "
boot_digit:
  .asciz "0\r\n"
  .org 510
  .word 0xaa55

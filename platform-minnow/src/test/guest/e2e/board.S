/*
 * The last 4 KiB of a flash image that has nothing else: from the reset vector to flat 32-bit protected mode. Code runs from
 * the flash, so the one byte that changes (the digit) is kept in RAM.
 */
#define ON_BOARD
#define boot 0x6000
#define boot_digit (0x6000 + 12)
  .text
  .code16
page:
start:
  cli
  lgdtl %cs:(gdt_pointer - page + 0xf000)
  movl %cr0, %eax
  orb $1, %al
  movl %eax, %cr0
  ljmpl $0x08, $flat
  .org 0x20, 0x90
  .code32
flat:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $0x7000, %esp
  movl $boot_text, %esi
  movl $boot, %edi
  movl $(boot_text_end - boot_text), %ecx
  cld
  rep movsb
#include "actions.h"
boot_text:
  .asciz "guest: boot 0\r\n"
boot_text_end:
  .balign 8
gdt:
  .quad 0
  .quad 0x00cf9b000000ffff
  .quad 0x00cf93000000ffff
gdt_pointer:
  .word 23
  .long gdt
  .org 0xff0, 0xff
  .code16
  .byte 0xe9
  .word start - (. + 2)
  .org 0x1000, 0xff

/* Sector 1 on: into 32-bit mode, and back to real mode whenever the BIOS is wanted. */
  .section .stage2.start, "ax"
  .code16
stage2:
  movb %dl, boot_drive
  inb $0x92, %al
  testb $2, %al
  jnz 1f
  orb $2, %al
  andb $0xfe, %al
  outb %al, $0x92
1:
  cli
  lgdtl gdt_pointer
  movl %cr0, %eax
  orb $1, %al
  movl %eax, %cr0
  ljmpl $0x08, $2f
  .code32
2:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $stack_top, %esp
  movl $bss_start, %edi
  xorl %eax, %eax
  movl $bss_dwords, %ecx
  rep stosl
  call bootdisk_main
3:
  cli
  hlt
  jmp 3b

  .section .text, "ax"
/*
 * bios_call(interrupt, struct registers *): loads the general registers and ES from the structure, runs the interrupt in
 * real mode with interrupts on, and stores registers and flags back.
 */
  .globl bios_call
bios_call:
  pushal
  movl 36(%esp), %eax
  movb %al, interrupt_number
  movl 40(%esp), %esi
  movl %esi, registers_pointer
  movl $registers_copy, %edi
  movl $8, %ecx
  rep movsl
  movl %esp, saved_esp
  ljmp $0x18, $4f
  .code16
4:
  movw $0x20, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl %cr0, %eax
  andb $0xfe, %al
  movl %eax, %cr0
  ljmpl $0, $5f
5:
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %ss
  movl $0x7c00, %esp
  lidtl real_idt
  movw registers_copy + 24, %ax
  movw %ax, %es
  movl registers_copy + 0, %eax
  movl registers_copy + 4, %ebx
  movl registers_copy + 8, %ecx
  movl registers_copy + 12, %edx
  movl registers_copy + 16, %esi
  movl registers_copy + 20, %edi
  sti
  .byte 0xcd                    /* INT */
interrupt_number:
  .byte 0
  cli
  pushfl
  cld
  pushw $0
  popw %ds
  movl %eax, registers_copy + 0
  movl %ebx, registers_copy + 4
  movl %ecx, registers_copy + 8
  movl %edx, registers_copy + 12
  movl %esi, registers_copy + 16
  movl %edi, registers_copy + 20
  popl registers_copy + 28
  lgdtl gdt_pointer
  movl %cr0, %eax
  orb $1, %al
  movl %eax, %cr0
  ljmpl $0x08, $6f
  .code32
6:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl saved_esp, %esp
  movl $registers_copy, %esi
  movl registers_pointer, %edi
  movl $8, %ecx
  rep movsl
  popal
  ret

/* What the other cores run, copied to 20000: count in, halt. CS = 2000. */
  .globl ap_code
  .globl ap_code_end
  .code16
ap_code:
  cli
  movw %cs, %ax
  movw %ax, %ds                 /* not through CS: its type need not allow writing */
  lock incl ap_answered - ap_code
7:
  hlt
  jmp 7b
  .balign 4
ap_answered:
  .long 0
ap_code_end:

  .section .rodata, "a"
  .globl ap_answered_offset
ap_answered_offset:
  .long ap_answered - ap_code
  .balign 8
gdt:
  .quad 0
  .quad 0x00cf9b000000ffff      /* 08: flat 32-bit code */
  .quad 0x00cf93000000ffff      /* 10: flat data */
  .quad 0x00009b000000ffff      /* 18: 16-bit code, for the way back */
  .quad 0x000093000000ffff      /* 20: 16-bit data */
gdt_end:
gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt
real_idt:
  .word 0x3ff
  .long 0

  .section .data, "aw"
  .globl boot_drive
boot_drive:
  .byte 0
  .balign 4
/* Real mode reaches these with 16-bit addresses, so they are with the code and not in .bss. */
registers_copy:
  .space 32
registers_pointer:
  .long 0
saved_esp:
  .long 0

  .section .bss
  .balign 16
  .space 0x4000
stack_top:

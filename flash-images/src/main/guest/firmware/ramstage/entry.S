/* Entry of the ramstage (EAX = hand-off record), the jump to the payload, and the trampoline for other processors. */
#define STACK_SIZE 0x8000

  .section .text.start, "ax"
  .code32
  .globl ramstage_entry
ramstage_entry:
  cli
  cld
  lgdt gdt_pointer
  ljmp $0x08, $1f
1:
  movw $0x10, %dx
  movw %dx, %ds
  movw %dx, %es
  movw %dx, %ss
  movw %dx, %fs
  movw %dx, %gs
  movl $stack_top, %esp
  pushl $0
  pushl %eax
  call ramstage_main
0:
  cli
  hlt
  jmp 0b

/* jump_to_payload(entry): flat 32-bit protected mode, paging off, interrupts off, general registers zero. */
  .section .text, "ax"
  .globl jump_to_payload
jump_to_payload:
  cli
  cld
  movl 4(%esp), %eax
  movl %eax, payload_entry
  xorl %eax, %eax
  xorl %ebx, %ebx
  xorl %ecx, %ecx
  xorl %edx, %edx
  xorl %esi, %esi
  xorl %edi, %edi
  xorl %ebp, %ebp
  jmp *payload_entry

  .section .rodata, "a"
  .balign 8
gdt:
  .quad 0
  .quad 0x00cf9b000000ffff      /* 08: flat code */
  .quad 0x00cf93000000ffff      /* 10: flat data */
gdt_end:
gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt

  .section .bss
  .balign 16
  .space STACK_SIZE
stack_top:
payload_entry:
  .space 4

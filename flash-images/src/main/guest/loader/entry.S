/* Entry of the loader, and its two ways out: the state the Linux and the multiboot protocol ask for. */
#define STACK_SIZE 0x4000
#define CODE 0x10
#define DATA 0x18

  .section .text.start, "ax"
  .code32
  .globl loader_entry
loader_entry:
  cli
  cld
  lgdt gdt_pointer
  ljmp $CODE, $1f
1:
  movw $DATA, %dx
  movw %dx, %ds
  movw %dx, %es
  movw %dx, %ss
  movw %dx, %fs
  movw %dx, %gs
  movl $stack_top, %esp
  call loader_main
0:
  cli
  hlt
  jmp 0b

/* start_linux(entry, boot_params): ESI = boot parameters; EBP, EDI and EBX zero. */
  .section .text, "ax"
  .globl start_linux
start_linux:
  movl 4(%esp), %eax
  movl 8(%esp), %esi
  xorl %ebp, %ebp
  xorl %edi, %edi
  xorl %ebx, %ebx
  jmp *%eax

/* start_multiboot(entry, information, magic): EAX = magic, EBX = information. */
  .globl start_multiboot
start_multiboot:
  movl 4(%esp), %ecx
  movl 8(%esp), %ebx
  movl 12(%esp), %eax
  jmp *%ecx

  .section .rodata, "a"
  .balign 8
gdt:
  .quad 0
  .quad 0
  .quad 0x00cf9b000000ffff      /* 10: flat code, as the Linux protocol wants it */
  .quad 0x00cf93000000ffff      /* 18: flat data */
gdt_end:
gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt

  .section .bss
  .balign 16
  .space STACK_SIZE
stack_top:

/* Entry of the RTOS, its interrupt stubs, and the switch from one task to another. */
#define STACK_SIZE 0x2000
#define CODE 0x08
#define DATA 0x10

  .section .text.start, "ax"
  .code32
  .globl rtos_entry
rtos_entry:
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
  call rtos_main
0:
  cli
  hlt
  jmp 0b

  .section .text, "ax"
  /* The tick: the task's registers go on its stack, and another task's come off its own. */
  .globl tick_stub
tick_stub:
  pushal
  cld
  pushl %esp
  call tick
  movl %eax, %esp
  popal
  iret

  /* Interrupts nobody asked for. */
  .globl spurious_stub
spurious_stub:
  iret

  /* One stub an exception: number, then the common report. */
  .globl fault_stubs
  .balign 16
fault_stubs:
  .set vector, 0
  .rept 32
  .balign 16
  .if (0x00227D00 >> vector) & 1
  .else
  pushl $0
  .endif
  pushl $vector
  jmp fault_common
  .set vector, vector + 1
  .endr

fault_common:
  cld
  call fault
  ud2

  /* void start_first(u32 esp): into the first task. */
  .globl start_first
start_first:
  movl 4(%esp), %esp
  popal
  iret

  .section .rodata, "a"
  .balign 8
gdt:
  .quad 0
  .quad 0x00cf9b000000ffff
  .quad 0x00cf93000000ffff
gdt_end:
gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt

  .section .bss
  .balign 16
  .space STACK_SIZE
stack_top:

  .section .note.GNU-stack, "", @progbits

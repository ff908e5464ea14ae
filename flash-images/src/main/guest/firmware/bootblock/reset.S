/*
 * From the reset vector to C: real mode, protected mode, cache-as-RAM.
 *
 * Registers kept from the first instructions until C is called: EDI = BIST result (EAX at reset),
 * ESI:EBP = time stamp counter.
 */
#define POST_PORT 0x80
#define POST_RESET 0x01
#define POST_PROTECTED 0x10
#define POST_CAR_START 0x20
#define POST_CAR_DONE 0x21
#define POST_WARM_RESET 0x12
#define POST_NOT_BSP 0x13

#define MSR_APIC_BASE 0x1b
#define MSR_MTRR_CAP 0xfe
#define MSR_PHYSBASE0 0x200
#define MSR_DEF_TYPE 0x2ff
#define MSR_NO_EVICT 0x2e0
#define DEF_TYPE_ENABLE 0x800
#define TYPE_WRITE_PROTECT 5
#define TYPE_WRITE_BACK 6
#define PHYS_MASK_HIGH 0xf      /* 36 physical address bits */
#define CAR_SIZE 0x10000
#define FLASH_BASE 0xff800000

#define CR0_PE 0x00000001
#define CR0_CD 0x40000000
#define CR0_NW 0x20000000

.macro post code
  movb $\code, %al
  outb %al, $POST_PORT
.endm

  .section .reset, "ax"
  .code16
  .globl reset_vector
reset_vector:
  .byte 0xe9                    /* jmp with a 16-bit displacement: the target is in the same 64 KiB */
  .word real_mode - (. + 2)
  .org 12, 0xff
  .long 0                       /* FFFFFFFC: the image builder puts the address of the CBFS master header here */

  .section .text.start, "ax"
  .code16
real_mode:
  cli
  movl %eax, %edi
  rdtsc
  movl %eax, %ebp
  movl %edx, %esi
  post POST_RESET
  xorl %eax, %eax
  movl %eax, %cr3               /* no stale translations */
  movw $gdt_pointer_offset, %bx
  lgdtl %cs:(%bx)               /* only CS has the reset base FFFF0000; loading it into DS would lose that */
  movl %cr0, %eax
  andl $0x7ffaffd1, %eax        /* paging, alignment checks and write protection off, no FPU state bits */
  orl $(CR0_CD | CR0_NW | CR0_PE), %eax
  movl %eax, %cr0
  ljmpl $0x08, $protected_mode

  .balign 8
gdt:
  .quad 0
  .quad 0x00cf9b000000ffff      /* 08: flat code */
  .quad 0x00cf93000000ffff      /* 10: flat data */
gdt_end:
  .globl gdt_pointer
gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt

  .code32
protected_mode:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw %ax, %fs
  movw %ax, %gs
  post POST_PROTECTED

  /* Only the bootstrap processor may come here; the others wait for a SIPI. */
  movl $MSR_APIC_BASE, %ecx
  rdmsr
  testl $0x100, %eax
  jnz 1f
  post POST_NOT_BSP
0:
  cli
  hlt
  jmp 0b
1:
  /*
   * RCBA (00:1F.0 register F0) is 0 after a platform reset. When it is enabled, only the processor was reset and the
   * devices are not in their reset state: ask for a full reset.
   */
  movl $0x8000f8f0, %eax
  movw $0xcf8, %dx
  outl %eax, %dx
  movw $0xcfc, %dx
  inl %dx, %eax
  cmpl $0xffffffff, %eax
  je cache_as_ram
  testl $1, %eax
  jz cache_as_ram
  post POST_WARM_RESET
  movw $0xcf9, %dx
  xorl %eax, %eax
  outb %al, %dx
  movb $0x06, %al
  outb %al, %dx
0:
  hlt
  jmp 0b

cache_as_ram:
  post POST_CAR_START
  /* All MTRRs off: variable pairs as many as the processor has, then the eleven fixed ones. */
  movl $MSR_DEF_TYPE, %ecx
  xorl %eax, %eax
  xorl %edx, %edx
  wrmsr
  movl $MSR_MTRR_CAP, %ecx
  rdmsr
  movzbl %al, %ebx
  shll $1, %ebx
  movl $MSR_PHYSBASE0, %ecx
  xorl %eax, %eax
  xorl %edx, %edx
1:
  testl %ebx, %ebx
  jz 2f
  wrmsr
  incl %ecx
  decl %ebx
  jmp 1b
2:
  movl $fixed_mtrrs, %ebx
3:
  movzwl (%ebx), %ecx
  testl %ecx, %ecx
  jz 4f
  wrmsr
  addl $2, %ebx
  jmp 3b
4:
  /* 200/201: the cache-as-RAM window, write-back. 202/203: the flash, write-protect. */
  movl $MSR_PHYSBASE0, %ecx
  movl $(CAR_BASE + TYPE_WRITE_BACK), %eax
  xorl %edx, %edx
  wrmsr
  incl %ecx
  movl $(0x100000000 - CAR_SIZE + 0x800), %eax
  movl $PHYS_MASK_HIGH, %edx
  wrmsr
  incl %ecx
  movl $(FLASH_BASE + TYPE_WRITE_PROTECT), %eax
  xorl %edx, %edx
  wrmsr
  incl %ecx
  movl $(FLASH_BASE + 0x800), %eax
  movl $PHYS_MASK_HIGH, %edx
  wrmsr
  movl $MSR_DEF_TYPE, %ecx
  movl $DEF_TYPE_ENABLE, %eax
  xorl %edx, %edx
  wrmsr
  /* Caches on, empty, then no-evict mode: first "setup", touch every line, then "run". */
  movl %cr0, %eax
  andl $~(CR0_CD | CR0_NW), %eax
  invd
  movl %eax, %cr0
  movl $MSR_NO_EVICT, %ecx
  rdmsr
  orl $1, %eax
  wrmsr
  movl $CAR_BASE, %ebx
  xorl %eax, %eax
5:
  movl %eax, (%ebx)
  addl $4, %ebx
  cmpl $(CAR_BASE + CAR_SIZE), %ebx
  jb 5b
  movl $MSR_NO_EVICT, %ecx
  rdmsr
  orl $2, %eax
  wrmsr
  post POST_CAR_DONE

  movl $(CAR_BASE + CAR_SIZE), %esp
  pushl $0                      /* keeps the frame of the call 16-byte aligned */
  pushl %edi
  pushl %esi
  pushl %ebp
  call bootblock_main           /* bootblock_main(tsc_low, tsc_high, bist): does not return */
0:
  hlt
  jmp 0b

fixed_mtrrs:
  .word 0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f, 0

/*
 * leave_cache_as_ram(entry, argument): the stack and every variable of the bootblock end here. Jumps to `entry` with
 * EAX = argument.
 */
  .section .text, "ax"
  .globl leave_cache_as_ram
leave_cache_as_ram:
  movl 4(%esp), %esi
  movl 8(%esp), %edi
  movl $MSR_NO_EVICT, %ecx
  rdmsr
  andl $~2, %eax
  wrmsr
  andl $~1, %eax
  wrmsr
  invd                          /* the lines hold nothing that RAM must see */
  movl $MSR_PHYSBASE0, %ecx     /* the window is MPHY registers again */
  xorl %eax, %eax
  xorl %edx, %edx
  wrmsr
  incl %ecx
  wrmsr
  movl %edi, %eax
  jmp *%esi

/* The local APIC's timer woke the processor; that is all it was for. */
  .globl timer_interrupt
timer_interrupt:
  movl $0, 0xfee000b0           /* end of interrupt */
  iret

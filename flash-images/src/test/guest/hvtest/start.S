/* Entry, descriptor tables, exception stubs, and the trips to ring 3, real mode and long mode. */
#define CODE 0x08
#define DATA 0x10
#define CODE64 0x18
#define USER_CODE 0x23
#define USER_DATA 0x2B
#define TASK 0x30
#define CODE16 0x38
#define DATA16 0x40

  .section .text.entry, "ax"
  .globl _start
_start:
  movl $stack_top, %esp
  lgdt gdt_pointer
  ljmp $CODE, $1f
1:
  movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %fs
  movl %eax, %gs
  movl %eax, %ss
  /* TSS descriptor and IDT gates hold scattered addresses. */
  movl $tss, %eax
  movw %ax, gdt + TASK + 2
  shrl $16, %eax
  movb %al, gdt + TASK + 4
  movb %ah, gdt + TASK + 7
  movl $TASK, %eax
  ltr %ax
  movl $idt, %edi
  movl $stubs, %ebx
  movl $32, %ecx
2:
  movw %bx, (%edi)
  movw $CODE, 2(%edi)
  movw $0x8E00, 4(%edi)
  movl %ebx, %eax
  shrl $16, %eax
  movw %ax, 6(%edi)
  addl $16, %ebx
  addl $8, %edi
  loop 2b
  lidt idt_pointer
  call hvtest_main
  hlt

  .text
  .balign 16
stubs:
  .set vector, 0
  .rept 32
  .balign 16
  pushl $vector
  jmp caught
  .set vector, vector + 1
  .endr

/* Vectors 1 and 2 are counted; any other one ends the instruction that CATCH (check.h) tries. */
caught:
  pushal
  movl 32(%esp), %eax           /* vector */
  leal 36(%esp), %ebx           /* EIP, or the error code */
  btl %eax, with_error_code
  jnc 1f
  addl $4, %ebx
1:
  cmpl $1, %eax
  je debug_trap
  cmpl $2, %eax
  je nmi
  movl %eax, caught_vector
  testb $3, 4(%ebx)
  jnz from_ring3
  movl resume_at, %ecx
  movl %ecx, (%ebx)
back:
  movl %ebx, return_esp
  popal
  movl return_esp, %esp
  iret

from_ring3:
  movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl ring0_esp, %esp
  popal
  ret

debug_trap:
  incl debug_traps
  andl $~0x100, 8(%ebx)         /* single-stepping ends here */
  jmp back

nmi:
  incl nmi_count
  cmpl $1, nmi_count
  jne back
  /* One more to this core while it is in the handler: it must wait for the IRET. */
  movl 0xFEE00020, %eax
  movl %eax, 0xFEE00310
  movl $0x4400, 0xFEE00300
  movl $1000, %ecx
2:
  pause
  loop 2b
  movl nmi_count, %eax
  movl %eax, nmi_seen_inside
  jmp back

/* void ring3_vmcall(void): one VMCALL at CPL 3; comes back through the exception it must raise. */
  .globl ring3_vmcall
ring3_vmcall:
  pushal
  movl %esp, ring0_esp
  movl %esp, tss + 4
  movl $DATA, tss + 8
  movl $0xFF, caught_vector
  movl $USER_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  pushl $USER_DATA
  pushl $user_stack_top
  pushl $2
  pushl $USER_CODE
  pushl $1f
  iret
1:
  vmcall
  ud2

/*
 * void long_mode_trip(void): switches paging and long mode on, asks the hypervisor for its leaves, changes CR0.NE from
 * 64-bit code, reads memory far above RAM, and comes back with one write that clears PG and changes NE.
 */
  .globl long_mode_trip
long_mode_trip:
  pushal
  movl $pml4, %eax
  movl %eax, %cr3
  movl %cr4, %eax
  orl $0x20, %eax
  movl %eax, %cr4
  movl $0xC0000080, %ecx
  rdmsr
  orl $0x100, %eax
  wrmsr
  movl %cr0, %eax
  orl $0x80000000, %eax
  movl %eax, %cr0
  ljmp $CODE64, $1f
  .code64
1:
  movl $0x40000000, %eax
  cpuid
  movl %ebx, trip_signature(%rip)
  xorl %eax, %eax
  movq $-1, %rbx
  vmcall
  movq %rbx, trip_version(%rip)
  movl $0x12345678, %eax
  vmcall
  movq %rax, trip_unknown_call(%rip)
  movq %cr0, %rax
  movl %eax, trip_cr0(%rip)
  xorl $0x20, %eax
  movq %rax, %cr0
  movq %cr0, %rax
  movl %eax, trip_cr0_changed(%rip)
  movl $0xC0000080, %ecx
  rdmsr
  movl %eax, trip_efer(%rip)
  movl $0x40000000, %eax        /* 1 GiB up: mapped to 16 GiB */
  movl (%rax), %ecx
  movl $1, trip_high_read(%rip)
  pushq $CODE
  leaq 2f(%rip), %rax
  pushq %rax
  lretq
  .code32
2:
  movl %cr0, %eax
  andl $0x7FFFFFFF, %eax
  xorl $0x20, %eax
  movl %eax, %cr0
  movl $0xC0000080, %ecx
  rdmsr
  movl %eax, trip_efer_after
  andl $~0x100, %eax
  wrmsr
  movl %cr4, %eax
  andl $~0x20, %eax
  movl %eax, %cr4
  popal
  ret

/* u32 pae_trip(void): PAE paging by a CR0 write that exits (NE changes too); the value is a word read under it. */
  .globl pae_trip
pae_trip:
  pushl %ebx
  movl $pdpt_pae, %eax
  movl %eax, %cr3
  movl %cr4, %eax
  orl $0x20, %eax
  movl %eax, %cr4
  movl %cr0, %eax
  xorl $0x80000020, %eax
  movl %eax, %cr0
  movl paged_word + 0x40000000, %ebx    /* the second GiB shows the first */
  movl %cr0, %eax
  xorl $0x80000020, %eax
  movl %eax, %cr0
  movl %cr4, %eax
  andl $~0x20, %eax
  movl %eax, %cr4
  movl %ebx, %eax
  popl %ebx
  ret

/* void real_mode_trip(void): code at A000h in real mode; results in low memory, read by modes.c. */
  .globl real_mode_trip
real_mode_trip:
  pushal
  movl %esp, ring0_esp
  movl $real_start, %esi
  movl $0xA000, %edi
  movl $real_end - real_start, %ecx
  rep movsb
  ljmp $CODE16, $0xA000
real_back:
  movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl ring0_esp, %esp
  lidt idt_pointer
  popal
  ret

#define IN_REAL(symbol) (0xA000 + (symbol) - real_start)
real_start:
  .code16
  movw $DATA16, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  lidtl IN_REAL(real_idt)
  movl %cr0, %eax
  andl $~1, %eax
  movl %eax, %cr0
  ljmp $0, $IN_REAL(1f)
1:
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x6000, %sp
  movw $IN_REAL(on_int), 0x40 * 4
  movw $0, 0x40 * 4 + 2
  movw $IN_REAL(on_ud), 6 * 4
  movw $0, 6 * 4 + 2
  movw $IN_REAL(on_gp), 13 * 4
  movw $0, 13 * 4 + 2
  int $0x40
  vmread %eax, %ebx             /* 3 bytes: #UD */
  movl $0x3A, %ecx
  rdmsr                         /* 2 bytes: #GP, no error code in real mode */
  movl $0x40000000, %eax
  cpuid
  movl %edx, 0xB00C
  lgdtl IN_REAL(real_gdt_pointer)
  movl %cr0, %eax
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $CODE, $real_back
on_int:
  movl $1, 0xB000
  iretw
on_ud:
  movl $1, 0xB004
  pushw %bp
  movw %sp, %bp
  addw $3, 2(%bp)
  popw %bp
  iretw
on_gp:
  movl $1, 0xB008
  pushw %bp
  movw %sp, %bp
  addw $2, 2(%bp)
  popw %bp
  iretw
real_idt:
  .word 0x3FF
  .long 0
real_gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt
real_end:

/* What the other cores run: counts them, notes what each sees in a slot of 16 bytes by arrival order. */
  .globl core_start, core_end
core_start:
  cli
  movw %cs, %ax
  movw %ax, %ds
  movl $1, %esi
  lock xaddl %esi, 0xF00
  shlw $4, %si
  movl %edx, 0xE00(%si)
  movl %cr0, %eax
  movl %eax, 0xE04(%si)
  movl $0x40000000, %eax
  cpuid
  movl %ebx, 0xE08(%si)
  movl $1, %eax
  cpuid
  movl %ebx, 0xE0C(%si)
  lock incl 0xF04
1:
  hlt
  jmp 1b
core_end:
  .code32

  .data
  .balign 8
gdt:
  .quad 0
  .quad 0x00CF9B000000FFFF      /* 08 code */
  .quad 0x00CF93000000FFFF      /* 10 data */
  .quad 0x00AF9B000000FFFF      /* 18 64-bit code */
  .quad 0x00CFFB000000FFFF      /* 20 ring 3 code */
  .quad 0x00CFF3000000FFFF      /* 28 ring 3 data */
  .quad 0x0000890000000067      /* 30 TSS */
  .quad 0x00009B000000FFFF      /* 38 16-bit code */
  .quad 0x000093000000FFFF      /* 40 16-bit data */
gdt_end:
gdt_pointer:
  .word gdt_end - gdt - 1
  .long gdt
idt_pointer:
  .word 32 * 8 - 1
  .long idt
with_error_code:
  .long 0x00027D00
  .globl caught_vector, resume_at, debug_traps, nmi_count, nmi_seen_inside, paged_word
caught_vector: .long 0
resume_at: .long 0
debug_traps: .long 0
nmi_count: .long 0
nmi_seen_inside: .long 0
return_esp: .long 0
ring0_esp: .long 0
paged_word: .long 0x600DDA7A
  .globl trip_signature, trip_version, trip_unknown_call, trip_cr0, trip_cr0_changed, trip_efer, trip_high_read
  .globl trip_efer_after
  .balign 8
trip_version: .quad 0
trip_unknown_call: .quad 0
trip_signature: .long 0
trip_cr0: .long 0
trip_cr0_changed: .long 0
trip_efer: .long 0
trip_high_read: .long 0
trip_efer_after: .long 0

  /* Long mode: first GiB identity by 2 MiB pages (filled by modes.c), second GiB at 16 GiB. */
  .balign 4096
  .globl directory
pml4:
  .long pdpt + 3, 0
  .fill 511, 8, 0
pdpt:
  .long directory + 3, 0, directory_high + 3, 0
  .fill 510, 8, 0
directory_high:
  .long 0x00000083, 0x00000004
  .fill 511, 8, 0
directory:
  .fill 512, 8, 0
  .balign 32
pdpt_pae:
  .long directory + 1, 0, directory + 1, 0, 0, 0, 0, 0

  .bss
  .balign 16
idt: .skip 32 * 8
tss: .skip 104
  .balign 16
  .skip 1024
user_stack_top:
  .skip 16384
stack_top:

  .section .note.GNU-stack, "", @progbits

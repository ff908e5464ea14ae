/*
 * A payload that becomes a hypervisor under itself, as VMMs do that are started late: it clears its memory, goes to
 * 64-bit mode, launches a VM that goes on where it was, and there leaves long mode for compatibility mode, 32-bit mode and
 * real mode and comes back, all on the first core only. The VM's CR0.PG, PE and NE belong to the host. Another core is
 * started from inside the VM and runs outside of it. Says what it sees; resets the board by port 64h, at the next boot
 * powers off. BSS is the size of what it clears.
 */
#define UART 0x3f8
#define COUNTER 0x50 /* CMOS byte that nobody else uses */
#define REAL 0x7000  /* where real-mode code is copied to */
#define OTHER 0x8000 /* and the other core's; its results follow at +400h */
#define OTHER_CR0 (OTHER + 0x400)
#define OTHER_CR4 (OTHER + 0x404)
#define OTHER_LEAF (OTHER + 0x408)
#define OTHER_DONE (OTHER + 0x40c)
#define SEEN (REAL + 0x400) /* real mode's results: CR0, CR4, leaf 4BF00000h, ECX of leaf 1 */
#define APIC 0xfee00000
#define LEAF 0x4bf00000
#define NE 0x20
#define PG 0x80000000

#define CODE64 0x08
#define DATA 0x10
#define CODE32 0x18
#define CODE16 0x20
#define DATA16 0x28
#define TSS 0x30

#define MSR_FEATURE_CONTROL 0x3a
#define MSR_VMX_BASIC 0x480
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define EFER_LMA 0x400

/* VMCS fields (SDM volume 3, appendix B). */
#define GUEST_SELECTORS 0x800
#define HOST_SELECTORS 0xc00
#define MSR_BITMAPS 0x2004
#define EPT_POINTER 0x201a
#define LINK_POINTER 0x2800
#define GUEST_EFER 0x2806
#define HOST_EFER 0x2c02
#define PIN_CONTROLS 0x4000
#define PRIMARY_CONTROLS 0x4002
#define EXIT_CONTROLS 0x400c
#define ENTRY_CONTROLS 0x4012
#define SECONDARY_CONTROLS 0x401e
#define INSTRUCTION_ERROR 0x4400
#define EXIT_REASON 0x4402
#define INSTRUCTION_LENGTH 0x440c
#define GUEST_LIMITS 0x4800
#define GUEST_RIGHTS 0x4814
#define CR0_MASK 0x6000
#define CR4_MASK 0x6002
#define CR0_SHADOW 0x6004
#define CR4_SHADOW 0x6006
#define QUALIFICATION 0x6400
#define GUEST_CR0 0x6800
#define GUEST_DR7 0x681a
#define GUEST_RSP 0x681c
#define GUEST_RIP 0x681e
#define GUEST_RFLAGS 0x6820
#define HOST_CR0 0x6c00
#define HOST_TR_BASE 0x6c0a
#define HOST_GDTR 0x6c0c
#define HOST_IDTR 0x6c0e
#define HOST_RSP 0x6c14
#define HOST_RIP 0x6c16
#define ENTRY_IA32E (1 << 9)

/* Two routines of the current code size: number, EAX in hexadecimal and the end of a line; print, the text at ESI. */
.macro printing size
number\size:
  movl $8, %ecx
  movl %eax, %ebx
1:
  roll $4, %ebx
  movl %ebx, %eax
  andl $15, %eax
  movb digits(%eax), %al
  movw $UART, %dx
  outb %al, %dx
  decl %ecx
  jnz 1b
  movl $line_end, %esi
print\size:
  lodsb
  testb %al, %al
  jz 1f
  movw $UART, %dx
  outb %al, %dx
  jmp print\size
1:
  ret
.endm

.macro say text
  movl $\text, %esi
  call print
.endm

.macro say64 text
  movl $\text, %esi
  call print64
.endm

.macro vmset field, value
  movl $\field, %eax
  movl $\value, %ecx
  vmwrite %rcx, %rax
.endm

  .text
  .code32
  .globl _start
_start:
  cli
  cld
  movl $stack_end, %esp
  /* Marks a page apart and one behind the end; all but the last must be gone afterwards. */
  movl $heap, %edi
1:
  movl %edi, (%edi)
  movl %edi, 4092(%edi)
  addl $4096, %edi
  cmpl $heap_end, %edi
  jb 1b
  movl $LEAF, heap_end
  xorl %eax, %eax
  movl $heap, %edi
  movl $(BSS / 4), %ecx
  rep stosl
  movl $heap, %edi
1:
  movl (%edi), %eax
  orl 4092(%edi), %eax
  jnz failed
  addl $4096, %edi
  cmpl $heap_end, %edi
  jb 1b
  cmpl $LEAF, heap_end
  jne failed
  say text_cleared

  /* 4 GiB mapped to themselves: the tables of the processor, and the EPT with the same shape. */
  movl $(page_directories + 7), %eax
  movl $(ept_directories + 7), %ecx
  xorl %edx, %edx
1:
  movl %eax, page_pointers(, %edx, 8)
  movl %ecx, ept_pointers(, %edx, 8)
  addl $4096, %eax
  addl $4096, %ecx
  incl %edx
  cmpl $4, %edx
  jb 1b
  movl $(page_pointers + 7), page_root
  movl $(ept_pointers + 7), ept_root
  xorl %edx, %edx
  movl $0x83, %eax /* present, writable, 2 MiB */
1:
  movl %eax, page_directories(, %edx, 8)
  movl %eax, %ecx
  xorl $(0x83 ^ 0xb7), %ecx /* readable, writable, executable, write-back, 2 MiB */
  movl %ecx, ept_directories(, %edx, 8)
  addl $0x200000, %eax
  incl %edx
  cmpl $2048, %edx
  jb 1b

  movl $tss, %eax
  movw %ax, tss_descriptor + 2
  shrl $16, %eax
  movb %al, tss_descriptor + 4
  movb %ah, tss_descriptor + 7
  lgdt gdt_register
  call enter_long
  ljmp $CODE64, $long

/* Paging of 64-bit mode on; the caller's segments stay. */
enter_long:
  movl $0x2620, %eax /* PAE, OSFXSR, OSXMMEXCPT and, where it is set already, VMXE */
  movl %cr4, %ecx
  orl $~0x2000, %ecx
  andl %ecx, %eax
  movl %eax, %cr4
  movl $page_root, %eax
  movl %eax, %cr3
  movl $MSR_EFER, %ecx
  rdmsr
  orl $EFER_LME, %eax
  wrmsr
  movl %cr0, %eax
  orl $(PG | NE | 1), %eax
  movl %eax, %cr0
  ret

  .code64
long:
  movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %eax, %fs
  movl %eax, %gs
  movl $stack_end, %esp
  movl $TSS, %eax
  ltr %ax

  movl $MSR_FEATURE_CONTROL, %ecx
  rdmsr
  testl $1, %eax
  jnz 1f
  orl $5, %eax
  wrmsr
1:
  movq %cr4, %rax
  orl $0x2000, %eax
  movq %rax, %cr4
  movl $MSR_VMX_BASIC, %ecx
  rdmsr
  movl %eax, vmxon_region(%rip)
  movl %eax, vmcs_region(%rip)
  vmxon vmxon_pointer(%rip)
  jbe failed64
  vmclear vmcs_pointer(%rip)
  vmptrld vmcs_pointer(%rip)
  jbe failed64

  movl $PIN_CONTROLS, %edi
  movl $(MSR_VMX_BASIC + 13), %ecx
  xorl %ebx, %ebx
  call control
  movl $PRIMARY_CONTROLS, %edi
  movl $(MSR_VMX_BASIC + 14), %ecx
  movl $0x90000000, %ebx /* MSR bitmaps, secondary controls */
  call control
  movl $SECONDARY_CONTROLS, %edi
  movl $(MSR_VMX_BASIC + 11), %ecx
  movl $0x82, %ebx /* EPT, unrestricted guest */
  call control
  movl $EXIT_CONTROLS, %edi
  movl $(MSR_VMX_BASIC + 15), %ecx
  movl $0x300200, %ebx /* 64-bit host, save and load EFER */
  call control
  movl $ENTRY_CONTROLS, %edi
  movl $(MSR_VMX_BASIC + 16), %ecx
  movl $0x8200, %ebx /* IA-32e guest, load EFER */
  call control
  vmset MSR_BITMAPS, msr_bitmaps
  vmset EPT_POINTER, (ept_root + 0x1e)
  movl $LINK_POINTER, %eax
  movq $-1, %rcx
  vmwrite %rcx, %rax

  /* Host and guest have the same control registers, GDT and EFER. */
  movq %cr0, %rcx
  movl $HOST_CR0, %eax
  movl $GUEST_CR0, %ebx
  call both
  movq %cr3, %rcx
  call both
  movq %cr4, %rcx
  call both
  movq %cr0, %rcx
  movl $CR0_SHADOW, %eax
  vmwrite %rcx, %rax
  vmset CR4_SHADOW, 0x2620
  vmset CR0_MASK, (PG | NE | 1)
  vmset CR4_MASK, 0x2000
  movl $MSR_EFER, %ecx
  rdmsr
  movl %eax, %ecx
  movl $HOST_EFER, %eax
  vmwrite %rcx, %rax
  movl $GUEST_EFER, %eax
  vmwrite %rcx, %rax

  /* ES, CS, SS, DS, FS, GS, LDTR, TR; the host has no LDTR. */
  xorl %ebx, %ebx
1:
  movzbl selectors(%ebx), %ecx
  leal GUEST_SELECTORS(, %rbx, 2), %eax
  vmwrite %rcx, %rax
  movl limits(, %ebx, 4), %ecx
  leal GUEST_LIMITS(, %rbx, 2), %eax
  vmwrite %rcx, %rax
  movl rights(, %ebx, 4), %ecx
  leal GUEST_RIGHTS(, %rbx, 2), %eax
  vmwrite %rcx, %rax
  incl %ebx
  cmpl $8, %ebx
  jb 1b
  xorl %ebx, %ebx
1:
  movzbl selectors(%ebx), %ecx
  leal HOST_SELECTORS(, %rbx, 2), %eax
  vmwrite %rcx, %rax
  incl %ebx
  cmpl $6, %ebx
  jb 1b
  vmset (HOST_SELECTORS + 12), TSS
  vmset HOST_TR_BASE, tss
  vmset (GUEST_CR0 + 20), tss /* guest TR base, 6814h */
  vmset HOST_GDTR, gdt
  vmset (GUEST_CR0 + 22), gdt
  vmset 0x4810, (gdt_end - gdt - 1)
  vmset HOST_RSP, host_stack_end
  vmset HOST_RIP, exit
  vmset GUEST_RSP, stack_end
  vmset GUEST_RIP, in_vm
  vmset GUEST_RFLAGS, 2
  vmset GUEST_DR7, 0x400
  vmlaunch
failed64:
  movl $INSTRUCTION_ERROR, %eax
  vmread %rax, %rdx
  say64 text_failed
  movl %edx, %eax
  call number64
  movb $1, %al
  outb %al, $0xf4
1:
  hlt
  jmp 1b

/* Writes the control field EDI: EBX and what the capability MSR in ECX requires. */
control:
  rdmsr
  orl %ebx, %eax
  andl %edx, %eax
  movl %eax, %ecx
  movl %edi, %eax
  vmwrite %rcx, %rax
  ret

/* Writes RCX to the fields EAX and EBX and goes on to the next ones. */
both:
  vmwrite %rcx, %rax
  vmwrite %rcx, %rbx
  addl $2, %eax
  addl $2, %ebx
  ret

/* A VM exit: CPUID or a MOV to CR0 from EAX. */
exit:
  pushq %rsi
  pushq %rdi
  movl $EXIT_REASON, %esi
  vmread %rsi, %rdi
  cmpl $10, %edi
  je exit_cpuid
  cmpl $28, %edi
  jne exit_other
  movl $QUALIFICATION, %esi
  vmread %rsi, %rdi
  testl %edi, %edi
  jnz exit_other
  pushq %rax
  movl %eax, %edi
  movl $CR0_SHADOW, %esi
  vmwrite %rdi, %rsi
  orl $NE, %edi
  movl $GUEST_CR0, %esi
  vmwrite %rdi, %rsi
  /* Long mode follows PG, where it is enabled: in EFER and in the entry controls. */
  movl $GUEST_EFER, %esi
  vmread %rsi, %rax
  andl $~EFER_LMA, %eax
  shrl $31, %edi
  shll $8, %edi
  andl %eax, %edi
  leal (%rax, %rdi, 4), %eax
  vmwrite %rax, %rsi
  movl $ENTRY_CONTROLS, %esi
  vmread %rsi, %rax
  andl $~ENTRY_IA32E, %eax
  leal (%rax, %rdi, 2), %eax
  vmwrite %rax, %rsi
  movl $1, %eax
  invept invept_descriptor(%rip), %rax
  popq %rax
  jmp advance
exit_cpuid:
  cmpl $LEAF, %eax
  je exit_leaf
  movl %eax, %edi
  cpuid
  cmpl $1, %edi
  jne advance
  andl $~0x20, %ecx /* no VMX in here */
  jmp advance
exit_leaf:
  incl %eax
advance:
  movl $GUEST_RIP, %esi
  vmread %rsi, %rdi
  pushq %rdi
  movl $INSTRUCTION_LENGTH, %esi
  vmread %rsi, %rdi
  addq (%rsp), %rdi
  movl $GUEST_RIP, %esi
  vmwrite %rdi, %rsi
  popq %rdi
  popq %rdi
  popq %rsi
  vmresume
exit_other:
  movl %edi, %edx
  say64 text_exit
  movl %edx, %eax
  call number64
  jmp failed64

/* From here on in the VM, in 64-bit mode as before. */
in_vm:
  say64 text_long
  call leaf64
  movl $stack_end, %eax
  movl $compatible, %ebx
  pushq $DATA
  pushq %rax
  pushq $2
  pushq $CODE32
  pushq %rbx
  iretq

leaf64:
  movl $LEAF, %eax
  cpuid
  printing 64

  .code32
compatible:
  movl %cr0, %eax
  andl $~PG, %eax
  movl %eax, %cr0
  movl $MSR_EFER, %ecx
  rdmsr
  pushl %eax
  andl $~EFER_LME, %eax
  wrmsr
  say text_protected
  popl %eax
  call number
  movl $real, %esi
  movl $REAL, %edi
  movl $(real_end - real), %ecx
  rep movsb
  movl $other, %esi
  movl $OTHER, %edi
  movl $(other_end - other), %ecx
  rep movsb
  movl %esp, stack_kept
  movl $DATA16, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  ljmp $CODE16, $REAL

back:
  movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl stack_kept, %esp
  say text_real
  movl SEEN + 8, %eax
  call number
  say text_cr0
  movl SEEN, %eax
  call number
  say text_cr4
  movl SEEN + 4, %eax
  call number
  say text_vmx
  movl SEEN + 12, %eax
  shrl $5, %eax
  andl $1, %eax
  call number

  /* Another core, if there is one: INIT, SIPI. */
  movl $0x02000000, APIC + 0x310
  movl $0x4500, APIC + 0x300
  movl $20000, %ecx
  call delay
  movl $0x02000000, APIC + 0x310
  movl $(0x4600 + (OTHER >> 12)), APIC + 0x300
  movl $50000, %ecx
  call delay
  cmpl $1, OTHER_DONE
  jne 1f
  say text_other
  movl OTHER_LEAF, %eax
  call number
  say text_cr0
  movl OTHER_CR0, %eax
  call number
  say text_cr4
  movl OTHER_CR4, %eax
  call number
1:
  call enter_long
  ljmp $CODE64, $long_again

delay:
  inb $0x80, %al
  decl %ecx
  jnz delay
  ret

  .code64
long_again:
  say64 text_again
  call leaf64
  movb $COUNTER, %al
  outb %al, $0x70
  inb $0x71, %al
  testb %al, %al
  jnz 1f
  incb %al
  outb %al, $0x71
  say64 text_reset
  movb $0xfe, %al
  outb %al, $0x64
  jmp 2f
1:
  say64 text_done
  movw $0x404, %dx
  movw $0x3c00, %ax
  outw %ax, %dx
2:
  hlt
  jmp 2b

  .code32
failed:
  say text_failed
  movb $1, %al
  outb %al, $0xf4
1:
  hlt
  jmp 1b

  printing

  .code16
real:
  movl %cr0, %eax
  andl $~(1 | NE), %eax
  movl %eax, %cr0
  ljmp $0, $(real_here - real + REAL)
real_here:
  xorw %ax, %ax
  movw %ax, %ds
  movl %cr0, %eax
  movl %eax, SEEN
  movl %cr4, %eax
  movl %eax, SEEN + 4
  movl $LEAF, %eax
  cpuid
  movl %eax, SEEN + 8
  movl $1, %eax
  cpuid
  movl %ecx, SEEN + 12
  movl %cr0, %eax
  orb $1, %al
  movl %eax, %cr0
  ljmpl $CODE32, $back
real_end:

other:
  xorw %ax, %ax
  movw %ax, %ds
  movl %cr0, %eax
  movl %eax, OTHER_CR0
  movl %cr4, %eax
  movl %eax, OTHER_CR4
  movl $LEAF, %eax
  cpuid
  movl %eax, OTHER_LEAF
  movl $1, OTHER_DONE
1:
  hlt
  jmp 1b
other_end:

  .section .rodata
text_cleared:
  .asciz "latelaunch: memory cleared\r\n"
text_long:
  .asciz "latelaunch: 64-bit mode, leaf "
text_protected:
  .asciz "latelaunch: 32-bit mode, EFER "
text_real:
  .asciz "latelaunch: real mode, leaf "
text_cr0:
  .asciz "latelaunch: CR0 "
text_cr4:
  .asciz "latelaunch: CR4 "
text_vmx:
  .asciz "latelaunch: VMX "
text_other:
  .asciz "latelaunch: other core, leaf "
text_again:
  .asciz "latelaunch: 64-bit mode again, leaf "
text_reset:
  .asciz "latelaunch: reset\r\n"
text_done:
  .asciz "latelaunch: done\r\n"
text_exit:
  .asciz "latelaunch: ERROR exit "
text_failed:
  .asciz "latelaunch: ERROR failed "
line_end:
  .asciz "\r\n"
digits:
  .ascii "0123456789abcdef"
selectors:
  .byte DATA, CODE64, DATA, DATA, DATA, DATA, 0, TSS
  .balign 4
limits:
  .long -1, -1, -1, -1, -1, -1, 0, 0x67
rights: /* LDTR is unusable */
  .long 0xc093, 0xa09b, 0xc093, 0xc093, 0xc093, 0xc093, 0x10000, 0x8b

  .data
  .balign 8
gdt:
  .quad 0
  .quad 0x00af9b000000ffff
  .quad 0x00cf93000000ffff
  .quad 0x00cf9b000000ffff
  .quad 0x00009b000000ffff
  .quad 0x000093000000ffff
tss_descriptor:
  .quad 0x0000890000000067 /* the base is put in */
  .quad 0
gdt_end:
gdt_register:
  .word gdt_end - gdt - 1
  .long gdt
  .balign 8
vmxon_pointer:
  .long vmxon_region, 0
vmcs_pointer:
  .long vmcs_region, 0
invept_descriptor:
  .long ept_root + 0x1e, 0, 0, 0
stack_kept:
  .long 0

  .bss
  .balign 4096
page_root:
  .space 4096
page_pointers:
  .space 4096
page_directories:
  .space 4 * 4096
ept_root:
  .space 4096
ept_pointers:
  .space 4096
ept_directories:
  .space 4 * 4096
vmxon_region:
  .space 4096
vmcs_region:
  .space 4096
msr_bitmaps:
  .space 4096
tss:
  .space 0x68
  .balign 16
  .space 4096
stack_end:
  .space 4096
host_stack_end:
  .balign 4096
heap:
  .space BSS
heap_end:
  .space 4096

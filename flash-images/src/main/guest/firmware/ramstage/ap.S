/*
 * Code the other cores run once after their SIPI, copied to 30000: protected mode, the same MTRRs as the first core,
 * an SMBASE of its own, check in with the local APIC id, halt. Position: CS = 3000, so offsets count from ap_code.
 */
#define AP_BASE 0x30000
#define AP(symbol) (AP_BASE + (symbol) - ap_code)
#define MAX_CPUS 16
#define LAPIC_BASE 0xfee00000

  .section .rodata, "a"
  .balign 16
  .globl ap_code
  .globl ap_code_end
  .globl ap_parameters
  .code16
ap_code:
  cli
  movw %cs, %ax
  movw %ax, %ds
  lgdtl ap_gdt_pointer - ap_code
  movl %cr0, %eax
  andl $0x1fffffff, %eax        /* caches on, paging off */
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $0x08, $AP(ap_protected)

  .code32
ap_protected:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $AP(ap_msr_count), %esi
  movl (%esi), %edi
  addl $4, %esi
1:
  testl %edi, %edi
  jz 2f
  movl (%esi), %ecx
  movl 4(%esi), %eax
  movl 8(%esi), %edx
  wrmsr
  addl $12, %esi
  decl %edi
  jmp 1b
2:
  movl $AP(ap_smm_counter), %esi
  movl (%esi), %esi
  testl %esi, %esi
  jz 8f
  movl $AP(ap_smm_lock), %edi   /* all of them save their state in the same place */
4:
  movl $1, %eax
  xchgl %eax, (%edi)
  testl %eax, %eax
  jz 5f
  pause
  jmp 4b
5:
  movl (%esi), %ebx
  movl LAPIC_BASE + 0x20, %eax
  movl %eax, LAPIC_BASE + 0x310
  movl $0x4200, LAPIC_BASE + 0x300      /* an SMI to itself */
  movl $1000000, %ecx
6:
  cmpl (%esi), %ebx
  jne 7f
  pause
  decl %ecx
  jnz 6b
7:
  movl $0, (%edi)
8:
  movl $1, %eax
  cpuid
  shrl $24, %ebx
  movl $1, %eax
  movl $AP(ap_ticket), %esi
  lock xaddl %eax, (%esi)
  cmpl $MAX_CPUS, %eax
  jae 3f
  movl $AP(ap_ids), %esi
  movl %ebx, (%esi,%eax,4)
  movl $AP(ap_checked_in), %esi
  lock incl (%esi)              /* last: the id is in its place now */
3:
  cli
  hlt
  jmp 3b

  .balign 8
ap_gdt:
  .quad 0
  .quad 0x00cf9b000000ffff
  .quad 0x00cf93000000ffff
ap_gdt_end:
ap_gdt_pointer:
  .word ap_gdt_end - ap_gdt - 1
  .long AP(ap_gdt)
ap_ticket:
  .long 0
  .balign 4
ap_parameters:
ap_checked_in:
  .long 0
ap_ids:
  .space 4 * MAX_CPUS
ap_smm_counter:
  .long 0
ap_smm_lock:
  .long 0
ap_msr_count:
  .long 0
  .space 32 * 12
ap_code_end:

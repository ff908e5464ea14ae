/*
 * The SMM module, and the handler at the reset value of SMBASE that gives a core its own: cores come one after
 * another. Copied to 38000; real mode with limits of 4 GiB, DS begins at 0.
 */
#include "../smm/smm.h"

#define HERE (SMM_DEFAULT_BASE + SMM_ENTRY)
#define MSR_SMRR_PHYSBASE 0x1f2

  .section .rodata, "a"
  .balign 16
  .globl smm_module
  .globl smm_module_end
smm_module:
  .incbin "smm.bin"
smm_module_end:

  .globl smm_relocate_code
  .globl smm_relocate_end
  .globl smm_relocation
  .code16
smm_relocate_code:
  movl $(HERE + smm_relocation - smm_relocate_code), %esi
  addr32 movl (%esi), %eax      /* number of this core */
  shll $16, %eax
  addr32 addl 4(%esi), %eax
  movl $(SMM_DEFAULT_BASE + SMM_SAVE_SMBASE), %edi
  addr32 movl %eax, (%edi)
  addr32 movl 12(%esi), %eax
  testl %eax, %eax
  jz 1f
  xorl %edx, %edx
  movl $(MSR_SMRR_PHYSBASE + 1), %ecx
  wrmsr
  addr32 movl 8(%esi), %eax
  decl %ecx
  wrmsr
1:
  movl $(SMM_DEFAULT_BASE + SMM_SAVE_REVISION), %edi
  addr32 movl (%edi), %eax
  addr32 movl %eax, 16(%esi)
  addr32 incl (%esi)
  rsm

/* struct smm_relocation of smm.c. */
  .balign 4
smm_relocation:
  .space 20
smm_relocate_end:

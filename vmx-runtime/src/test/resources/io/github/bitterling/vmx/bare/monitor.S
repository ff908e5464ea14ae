# The ROM that runs cases on Bochs. A case's whole state, hidden parts included, is put into the state-save area of
# system-management mode and entered by RSM; a timer SMI ends it. So the processor runs the case as it would without a
# monitor: nothing is intercepted, task switches and triple faults included. monitor.c has the layout of memory.

        .set    GDT_CODE32, 0x08
        .set    GDT_DATA, 0x10
        .set    GDT_CODE64, 0x18
        .set    GDT_TSS, 0x20
        .set    STACK, 0x70000
        .set    TABLES, 0x90000
        .set    EFER, 0xC0000080

        .section .start, "ax"
        .code16
        .globl  start
start:  cli
        mov     $boot, %ebx
        lgdtl   %cs:gdt_pointer - start
        mov     $1, %eax
        mov     %eax, %cr0
        ljmpl   $GDT_CODE32, $flat

# Copied to the SMI entry point; no address in it depends on where it is.
        .globl  smi_stub, smi_stub_end
smi_stub:
        mov     $smi, %ebx
        mov     $gdt_pointer, %edi
        lgdtl   (%edi)
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $GDT_CODE32, $flat
smi_stub_end:

        .code32
flat:   mov     $GDT_DATA, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $GDT_TSS, %ax           # a case may leave a 16-bit TSS, with which there is no long mode
        ltr     %ax
        mov     $STACK, %esp
        cld
        cmp     $boot, %ebx
        jne     1f
        call    tables
1:      mov     $TABLES, %eax
        mov     %eax, %cr3
        mov     $0x220, %eax            # PAE, OSFXSR
        mov     %eax, %cr4
        mov     $EFER, %ecx
        rdmsr
        or      $0x100, %eax
        wrmsr
        mov     %cr0, %eax
        and     $0x9FFAFFFF, %eax       # CD, NW, AM and WP as they were at power-on do not matter; none is wanted
        or      $0x80000000, %eax
        mov     %eax, %cr0
        ljmp    $GDT_CODE64, $long

# The first 4 GiB onto themselves, in pages of 2 MiB.
tables: mov     $TABLES, %edi
        mov     $0x6000 / 4, %ecx
        xor     %eax, %eax
        rep stosl
        movl    $TABLES + 0x1003, TABLES
        mov     $TABLES + 0x2003, %eax
        mov     $TABLES + 0x1000, %edi
        mov     $4, %ecx
1:      mov     %eax, (%edi)
        add     $0x1000, %eax
        add     $8, %edi
        loop    1b
        mov     $0x83, %eax
        mov     $TABLES + 0x2000, %edi
        mov     $2048, %ecx
1:      mov     %eax, (%edi)
        add     $0x200000, %eax
        add     $8, %edi
        loop    1b
        ret

        .code64
long:   mov     %ebx, %ebx
        call    *%rbx
        # Not reached: both leave by RSM or wait for the SMI
        ud2

# First of rdx lines of 128 bytes in which the memories at rdi and rsi differ, from line rcx on; rdx when none does.
        .globl  differs
differs:
        shl     $7, %rcx
        shl     $7, %rdx
        jmp     2f
1:      movdqa  (%rdi,%rcx), %xmm0
        movdqa  16(%rdi,%rcx), %xmm1
        movdqa  32(%rdi,%rcx), %xmm2
        movdqa  48(%rdi,%rcx), %xmm3
        movdqa  64(%rdi,%rcx), %xmm4
        movdqa  80(%rdi,%rcx), %xmm5
        movdqa  96(%rdi,%rcx), %xmm6
        movdqa  112(%rdi,%rcx), %xmm7
        pxor    (%rsi,%rcx), %xmm0
        pxor    16(%rsi,%rcx), %xmm1
        pxor    32(%rsi,%rcx), %xmm2
        pxor    48(%rsi,%rcx), %xmm3
        pxor    64(%rsi,%rcx), %xmm4
        pxor    80(%rsi,%rcx), %xmm5
        pxor    96(%rsi,%rcx), %xmm6
        pxor    112(%rsi,%rcx), %xmm7
        por     %xmm1, %xmm0
        por     %xmm3, %xmm2
        por     %xmm5, %xmm4
        por     %xmm7, %xmm6
        por     %xmm2, %xmm0
        por     %xmm6, %xmm4
        por     %xmm4, %xmm0
        ptest   %xmm0, %xmm0
        jnz     3f
        sub     $-128, %rcx
2:      cmp     %rdx, %rcx
        jb      1b
3:      mov     %rcx, %rax
        shr     $7, %rax
        ret

        .globl  leave
leave:  rsm

        .balign 8
gdt:    .quad   0
        .quad   0x00CF9B000000FFFF
        .quad   0x00CF93000000FFFF
        .quad   0x00AF9B000000FFFF
        .quad   0x0000890960000067      # TSS at 96000; busy is not written, this is ROM
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt

        .section .reset, "ax"
        .code16
        ljmp    $0xF000, $0

        .section .note.GNU-stack, "", @progbits

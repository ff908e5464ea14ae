/*
 * Start of a foreign program on the bare machine: entered at 7C00h in real mode as a boot sector, goes to 32-bit protected mode or
 * on to long mode with 4 MiB mapped, with SSE on, AVX too where there is XSAVE, and calls main.
 */
        .section .start, "ax"
        .code16
        .globl  _start
_start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        lgdtl   gdtr
        movl    %cr4, %eax
        orl     $0x600, %eax            /* OSFXSR, OSXMMEXCPT */
        movl    %eax, %cr4
        movl    $1, %eax
        cpuid
        testl   $0x4000000, %ecx        /* XSAVE: all state the processor has */
        jz      1f
        movl    %cr4, %eax
        orl     $0x40000, %eax          /* OSXSAVE */
        movl    %eax, %cr4
        movl    $0xD, %eax
        xorl    %ecx, %ecx
        cpuid
        xorl    %ecx, %ecx
        xsetbv
1:      movl    %cr0, %eax
        andl    $~4, %eax               /* EM */
        orl     $3, %eax                /* PE, MP */
        movl    %eax, %cr0
        ljmpl   $8, $protected

        .code32
protected:
        movw    $16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    %ax, %fs
        movw    %ax, %gs
        movl    $0x3F0000, %esp
#ifdef __x86_64__
        movl    $0x2003, 0x1000
        movl    $0x3003, 0x2000
        movl    $0x000083, 0x3000
        movl    $0x200083, 0x3008
        movl    $0x1000, %eax
        movl    %eax, %cr3
        movl    %cr4, %eax
        orl     $0x20, %eax             /* PAE */
        movl    %eax, %cr4
        movl    $0xC0000080, %ecx
        rdmsr
        orl     $0x100, %eax            /* EFER.LME */
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        ljmpl   $24, $long_mode

        .code64
long_mode:
#endif
        call    main
1:      hlt
        jmp     1b

        .balign 8
gdt:    .quad   0
        .quad   0x00CF9B000000FFFF      /* 8: 32-bit code */
        .quad   0x00CF93000000FFFF      /* 16: data */
        .quad   0x00AF9B000000FFFF      /* 24: 64-bit code */
gdtr:   .word   . - gdt - 1
        .long   gdt

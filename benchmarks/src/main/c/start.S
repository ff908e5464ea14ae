/*
 * Start of the bare-metal kernels. Loaded at 7C00h and entered there in real mode, as a boot sector. Goes
 * to 32-bit protected mode, in the 64-bit build on to long mode with the first 4 MiB mapped by 2 MiB pages,
 * then runs kernel(word at 7000h, word at 7004h) and sends its result to port F4h.
 */
        .section .start, "ax"
        .code16
        .globl  _start
_start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        lgdtl   gdtr
        movl    %cr0, %eax
        orl     $1, %eax
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
        movl    $0x80000, %esp
        movl    %cr4, %eax
        orl     $0x600, %eax            /* OSFXSR, OSXMMEXCPT: SSE */
        movl    %eax, %cr4
        fninit
#ifdef __x86_64__
        /* PML4 at 1000h, page-directory-pointer table at 2000h, page directory at 3000h. */
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
        movl    0x7000, %edi
        movl    0x7004, %esi
        call    kernel
#else
        subl    $8, %esp                /* the stack is aligned to 16 bytes at a call */
        pushl   0x7004
        pushl   0x7000
        call    kernel
#endif
        outl    %eax, $0xF4
1:      hlt
        jmp     1b

        .balign 8
gdt:    .quad   0
        .quad   0x00CF9B000000FFFF      /* 8: 32-bit code */
        .quad   0x00CF93000000FFFF      /* 16: data */
        .quad   0x00AF9B000000FFFF      /* 24: 64-bit code */
gdtr:   .word   . - gdt - 1
        .long   gdt

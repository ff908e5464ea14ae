# An SMI handler that leaves nothing as it was: SMBASE 30000h, page tables at 3A000h (put there by the test), a counter
# at 3F000h. RSM is executed in 64-bit mode.
        .intel_syntax noprefix
        .set    BASE, 0x38000
        .code16
start:  mov     eax, 0x3F000
        inc     dword ptr [eax]
        lgdt    cs:[0x8000 + pointer - start]
        lidt    cs:[0x8000 + pointer - start]
        mov     eax, 0x12345678
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     eax, 0x20
        mov     cr4, eax
        mov     eax, 0x3A000
        mov     cr3, eax
        mov     ecx, 0xC0000080
        rdmsr
        or      eax, 0x901
        wrmsr
        mov     eax, cr0
        or      eax, 0x80000001
        mov     cr0, eax
        .byte   0x66, 0xEA
        .long   BASE + long - start
        .word   8
        .code64
long:   mov     eax, 0x10
        mov     ss, ax
        mov     ds, ax
        mov     rsp, 0x3E000
        mov     rbp, 0x0123456789ABCDEF
        mov     rax, rbp
        mov     rbx, rbp
        mov     rcx, rbp
        mov     rdx, rbp
        mov     rsi, rbp
        mov     rdi, rbp
        mov     r8, rbp
        mov     r9, rbp
        mov     r10, rbp
        mov     r11, rbp
        mov     r12, rbp
        mov     r13, rbp
        mov     r14, rbp
        mov     r15, rbp
        mov     eax, 0x401
        mov     dr7, rax
        mov     eax, 0xE001
        mov     dr6, rax
        std
        stc
        rsm

        .balign 8
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
pointer:
        .word   23
        .long   BASE + gdt - start

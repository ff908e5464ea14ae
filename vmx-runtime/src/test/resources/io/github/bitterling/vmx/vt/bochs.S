# ROM: from the reset vector to 64-bit mode with the tables, stack and debug registers of a VMX lab.
        .intel_syntax noprefix
        .code16
        .org 0
start:  cli
        lgdt    cs:[gdtr32 - start]
        mov     eax, 0x11
        mov     cr0, eax
        .byte   0x66, 0xea
        .long   0xF0000 + (prot - start)
        .word   8
gdtr32: .word   0x17
        .long   0xF0000 + (gdt32 - start)
gdtr64: .word   0xFF
        .long   0x1000
idtr64: .word   0x7FF
        .long   0x2000
        .balign 8
gdt32:  .quad   0
        .quad   0x00CF9B000000FFFF
        .quad   0x00CF93000000FFFF
        .code32
prot:   mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     fs, eax
        mov     gs, eax
        lgdt    [0xF0000 + (gdtr64 - start)]
        lidt    [0xF0000 + (idtr64 - start)]
        mov     eax, 0x20
        mov     cr4, eax
        mov     eax, 0x10000
        mov     cr3, eax
        mov     ecx, 0xC0000080
        rdmsr
        or      eax, 0x100
        wrmsr
        mov     eax, 0x80000011
        mov     cr0, eax
        .byte   0xea
        .long   0xF0000 + (long - start)
        .word   8
        .code64
long:   mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     fs, eax
        mov     gs, eax
        mov     rsp, 0x7000
        mov     esi, 0xF8000
        mov     edi, 0x200000
        mov     ecx, 512
        cld
        rep movsq
        mov     rax, [0x5C700]
        mov     dr0, rax
        mov     rax, [0x5C708]
        mov     dr1, rax
        mov     rax, [0x5C710]
        mov     dr2, rax
        mov     rax, [0x5C718]
        mov     dr3, rax
        mov     rax, 0xFFFF0FF0
        mov     dr6, rax
        xor     ecx, ecx
        xor     edx, edx
        xor     ebx, ebx
        xor     ebp, ebp
        xor     esi, esi
        xor     edi, edi
        mov     rax, 0x8000
        jmp     rax

# Placed at 5C000h: the results area (64000h up to the pointer at 60018h) in hexadecimal to port E9.
        mov     rsi, 0x64000
        mov     rdi, [0x60018]
next:   cmp     rsi, rdi
        jae     end
        mov     al, [rsi]
        shr     al, 4
        call    digit
        mov     al, [rsi]
        and     al, 15
        call    digit
        inc     rsi
        jmp     next
digit:  add     al, 0x30
        cmp     al, 0x3A
        jb      1f
        add     al, 0x27
1:      out     0xE9, al
        ret
end:    lea     rsi, [rip + text]
        mov     ecx, 8
        mov     edx, 0x8900
        rep outsb
        hlt
text:   .ascii  "Shutdown"

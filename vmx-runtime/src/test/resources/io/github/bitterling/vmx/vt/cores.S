# ROM of a VMX lab with several cores, the last 64 KiB below 4 GiB: the bootstrap processor copies each
# core's memory from below the ROM, then all go to 64-bit mode with the tables of their own memory.
# CORES: number of cores; each has 480 KiB in the ROM and 2 MiB of memory.
        .intel_syntax noprefix
        .set    IMAGE, 0x78000
        .set    MEMORY, 0x200000
        .set    APIC, 0xFEE00000
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
        mov     ecx, 0x1B
        rdmsr
        test    ah, 1                   # bootstrap processor
        jz      common
        cld
        xor     ebx, ebx
copy:   imul    esi, ebx, IMAGE
        add     esi, -(IMAGE * CORES + 0x10000)
        imul    edi, ebx, MEMORY
        mov     ecx, IMAGE / 4
        rep movsd
        inc     ebx
        cmp     ebx, CORES
        jb      copy
        mov     dword ptr [APIC + 0x300], 0xC46F0
common: mov     ebx, [APIC + 0x20]      # APIC ID
        shr     ebx, 24
        imul    ebx, ebx, MEMORY
        add     ebx, 0x10000
        lgdt    [0xF0000 + (gdtr64 - start)]
        lidt    [0xF0000 + (idtr64 - start)]
        mov     eax, 0x20
        mov     cr4, eax
        mov     cr3, ebx
        mov     ecx, 0xC0000080
        rdmsr
        or      eax, 0x100
        wrmsr
        mov     edi, 0x5D000
        jmp     edi

# Placed at 5D000h of each core's memory: the same bytes before and after paging is on.
        .org 0x200
        mov     eax, 0x80000011
        mov     cr0, eax
        .byte   0xea
        .long   0x5D000 + (long - start - 0x200)
        .word   8
        .code64
long:   mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     fs, eax
        mov     gs, eax
        mov     rsp, 0x7000
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

# Placed at 5C000h of the other cores' memory: this one has come to its end.
        .org 0x300
        mov     byte ptr [0x5F000], 1
1:      hlt
        jmp     1b

# Placed at 5C000h of the first core's memory: waits for the others, then the results of each core
# (64000h up to the pointer at 60018h) in hexadecimal to port E9, a colon after each.
        .org 0x400
        mov     ebx, MEMORY
1:      cmp     ebx, CORES * MEMORY
        jae     2f
        pause
        cmp     byte ptr [rbx + 0x5F000], 0
        je      1b
        add     ebx, MEMORY
        jmp     1b
2:      xor     ebx, ebx
core:   lea     rsi, [rbx + 0x64000]
        mov     rdi, [rbx + 0x60018]
        add     rdi, rbx
next:   cmp     rsi, rdi
        jae     last
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
        jb      3f
        add     al, 0x27
3:      out     0xE9, al
        ret
last:   mov     al, 0x3A
        out     0xE9, al
        add     ebx, MEMORY
        cmp     ebx, CORES * MEMORY
        jb      core
        lea     rsi, [rip + text]
        mov     ecx, 8
        mov     edx, 0x8900
        rep outsb
        hlt
text:   .ascii  "Shutdown"

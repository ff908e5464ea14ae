# Relocation handler at 38000h, shared by all cores: SMBASE becomes 400000h + 10000h * (APIC id / 2); an SMRR covers the
# new place. Counts at 3F000h.
        .intel_syntax noprefix
        .code16
        mov     eax, 1
        cpuid
        shr     ebx, 24
        shl     ebx, 15
        add     ebx, 0x400000
        mov     eax, 0x3FEF8
        mov     [eax], ebx
        mov     eax, 0x3F000
        inc     dword ptr [eax]
        mov     ecx, 0x1F2
        mov     eax, 0x400006
        xor     edx, edx
        wrmsr
        mov     ecx, 0x1F3
        mov     eax, 0xFFF00800
        wrmsr
        rsm

# The handler at the new SMBASE: finds its own place through IA32_SMBASE and counts at SMBASE + F000h; the counter's
# value before comes back in the interrupted program's RBX. Writes itself anew each time: the immediate below counts too.
        .intel_syntax noprefix
        .code16
start:  mov     ecx, 0x9E
        rdmsr
        mov     ebx, [eax + 0xF000]
        inc     dword ptr [eax + 0xF000]
        mov     [eax + 0xFF74], ebx
        inc     dword ptr [eax + 0x8000 + patched - start + 2]
patched:
        mov     esi, 0
        mov     [eax + 0xFF8C], esi
        rsm

# A 32-bit host for programs that end in a VMX abort, at 8000h instead of lab.S: leaves 64-bit mode, turns
# 4-MByte pages on (page directory at 17000h), writes the fields of the first stage and enters.
        .intel_syntax noprefix
        .code64
start:  push    0x30
        lea     rax, [rip + compat]
        push    rax
        lretq
        .code32
compat: mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        mov     ecx, 0xC0000080
        xor     eax, eax
        xor     edx, edx
        wrmsr
        mov     eax, 0x2010
        mov     cr4, eax
        mov     eax, 0x17000
        mov     cr3, eax
        mov     eax, 0x80000031
        mov     cr0, eax
        mov     ecx, 0x3A
        rdmsr
        test    al, 1
        jnz     1f
        mov     eax, 5
        xor     edx, edx
        wrmsr
1:      mov     ecx, 0x480
        rdmsr
        mov     [0x61000], eax
        mov     [0x62000], eax
        vmxon   qword ptr [0x60000]
        vmclear qword ptr [0x60008]
        vmptrld qword ptr [0x60008]
        mov     esi, [0x60010]
next:   mov     eax, [esi]
        cmp     eax, -1
        je      enter
        vmwrite eax, [esi+8]
        mov     edx, eax
        and     edx, 0x6000
        cmp     edx, 0x2000             # of 64 bits: the high half has an encoding of its own
        jne     2f
        inc     eax
        vmwrite eax, [esi+12]
2:      add     esi, 16
        jmp     next
enter:  vmlaunch
        hlt

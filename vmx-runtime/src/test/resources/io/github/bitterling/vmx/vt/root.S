# Around a program of VMX instructions, in 64-bit mode at 8000h: brings the processor into the state that the
# test wants, runs the bytes at 9000h, and records how they ended.
#
#   60200h IA32_FEATURE_CONTROL (0: left alone), 60208h CR0, 60210h CR4, 60218h not 0: the program runs at CPL 3
#   60220h not 0: the program has ended, VMREAD and VMPTRST are tried
#   64000h vector that ended the program or -1, error code, RFLAGS, VM-instruction error, current VMCS (-1: none, -2: not
#   in VMX operation), RCX, CR0, CR4, IA32_FEATURE_CONTROL
        .intel_syntax noprefix
        .code64
        .text
start:  mov     ecx, 0x3A
        rdmsr
        test    al, 1
        jnz     1f
        mov     eax, [0x60200]
        test    eax, eax
        jz      1f
        xor     edx, edx
        wrmsr
1:      mov     ecx, 0x480
        rdmsr
        mov     [0x61000], eax
        mov     [0x62000], eax
        mov     [0x63000], eax
        and     byte ptr [0x102D], 0xFD         # TSS not busy
        mov     eax, 0x28
        ltr     ax
        mov     rax, [0x60208]
        mov     cr0, rax
        mov     rax, [0x60210]
        mov     cr4, rax
        xor     eax, eax
        xor     ecx, ecx
        xor     edx, edx
        xor     ebx, ebx
        cmp     byte ptr [0x60218], 0
        jne     user
        push    0x8D7
        popfq
        mov     r8d, 0x9000
        jmp     r8
user:   push    0x23
        push    0x7000
        push    0x8D7
        push    0x1B
        push    0x9000
        iretq

# An exception, its vector pushed on its frame.
        .org    0x100
fault:  pop     rax
        cmp     byte ptr [0x60220], 0
        jne     outside
        mov     [0x64028], rcx
        mov     [0x64000], rax
        mov     ecx, 0x27D00                    # vectors with an error code
        bt      ecx, eax
        jnc     state
        pop     rcx
        mov     [0x64008], rcx
        jmp     state

# The program came to its end.
        .org    0x180
end:    pushfq
        pop     rax
        mov     [0x64028], rcx
        mov     [0x64010], rax
        mov     qword ptr [0x64000], -1
state:  mov     byte ptr [0x60220], 1
        mov     eax, 0x4400
        xor     edx, edx
        vmread  rdx, rax
        mov     [0x64018], rdx
        vmptrst [0x64020]
        jmp     rest
outside:
        mov     qword ptr [0x64020], -2
rest:   mov     rax, cr0
        mov     [0x64030], rax
        mov     rax, cr4
        mov     [0x64038], rax
        mov     ecx, 0x3A
        rdmsr
        mov     [0x64040], eax
        mov     qword ptr [0x60018], 0x64048
        mov     al, 0xEE
        out     0x80, al
        cli
stop:   hlt
        jmp     stop

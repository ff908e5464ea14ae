# INIT to a processor in VMX root operation, and what becomes of it after VMXOFF. Memory of the second core is at
# 200000h for the first: 6F000h says that its host waits, 6F008h that it may go on, 6F010h that it went on, 5F000h that
# it has come to its end. BF00h counts start-ups.
        .intel_syntax noprefix
        .set    APIC, 0xFEE00000
        .set    OTHERS, 0xC0000
        .macro  delay
        mov     ecx, 0x8000
        loop    .
        .endm

        .ifdef  GUEST                           # of the first core
        .code64
        mov     esi, 0x26F000
1:      pause
        cmp     byte ptr [rsi], 0
        je      1b
        mov     ebx, APIC
        mov     dword ptr [rbx + 0x300], OTHERS + 0x4500
        delay
        mov     dword ptr [rbx + 0x300], OTHERS + 0x460B        # dropped
        delay
        mov     byte ptr [rsi + 8], 1
        delay
        mov     dword ptr [rbx + 0x300], OTHERS + 0x460B
        mov     ecx, 0x8000
2:      pause
        cmp     byte ptr [0xBF00], 0
        loope   2b
        movzx   eax, byte ptr [0xBF00]
        shl     eax, 8
        mov     al, [rsi + 0x10]
        mov     byte ptr [0x25F000], 1
        vmcall
        .endif

        .ifdef  HOST                            # of the second core, after its stage
        .code64
        mov     byte ptr [0x6F000], 1
1:      pause
        cmp     byte ptr [0x6F008], 0
        je      1b
        mov     byte ptr [0x6F010], 1
        vmxoff
        nop
        .endif

        .ifdef  STARTED                         # at B000h, by the SIPI
        .code16
        xor     ax, ax
        mov     ds, ax
        inc     byte ptr [0xBF00]
        mov     al, 0xEE
        out     0x80, al
1:      hlt
        jmp     1b
        .endif

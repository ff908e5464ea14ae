# An SMI handler at 38000h that tries VMX instructions and CR4.VMXE, and leaves nothing as it was. What it met is at 3F000h:
# SMIs, vector by instruction (0FFh: none), CR4 in SMM.
        .intel_syntax noprefix
        .set    SEEN, 0x3F000
        .set    SEGMENT, 0x3F00
        .code16
start:  mov     ax, 0x3800
        mov     ss, ax
        mov     ds, ax                  # Bochs takes CS for a segment with base 0 in SMM
        lidt    [pointer - start]
        mov     ax, SEGMENT
        mov     ds, ax
        inc     byte ptr [0]
        mov     eax, cr4
        mov     [8], eax
        mov     sp, 0x6F00
        mov     bx, 1

        .macro  attempt instruction:vararg
        mov     byte ptr [bx], 0xFF
        mov     si, offset 0x8000 + 1f - start
        \instruction
1:      inc     bx
        .endm
        attempt vmxon qword ptr [0x20]
        attempt vmptrst qword ptr [0x20]
        attempt vmcall
        attempt vmlaunch
        attempt vmxoff
        mov     eax, 0x2000
        attempt mov cr4, eax

        mov     ecx, 0x12345678
        mov     edx, ecx
        mov     edi, ecx
        mov     ebp, ecx
        mov     esp, ecx
        mov     ax, cx
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     eax, cr0
        xor     eax, 0x10000
        mov     cr0, eax
        std
        stc
        rsm

# #UD, #GP: real mode pushes no error code.
undefined:
        mov     byte ptr [bx], 6
        jmp     3f
general:
        mov     byte ptr [bx], 13
3:      add     sp, 6
        jmp     si

        .balign 4
table:  .rept   6
        .word   0, 0
        .endr
        .word   0x8000 + undefined - start, 0x3000
        .rept   6
        .word   0, 0
        .endr
        .word   0x8000 + general - start, 0x3000
pointer:
        .word   4 * 14 - 1
        .long   0x38000 + table - start

# Every instruction boundary of this program is met by an SMI. At 8000h, flat 32-bit protected mode or 64-bit mode; GATE
# 1 (#DB) leads to step, 30h to soft.
        .intel_syntax noprefix
        .ifdef LONG
        .code64
        .set    WORD, 8
        .macro  flags_push
        pushfq
        .endm
        .macro  flags_pop
        popfq
        .endm
        .macro  return
        iretq
        .endm
        .macro  push_a
        push    rax
        .endm
        .macro  pop_a
        pop     rax
        .endm
        .macro  pop_d
        pop     rdx
        .endm
        .else
        .code32
        .set    WORD, 4
        .macro  flags_push
        pushfd
        .endm
        .macro  flags_pop
        popfd
        .endm
        .macro  return
        iretd
        .endm
        .macro  push_a
        push    eax
        .endm
        .macro  pop_a
        pop     eax
        .endm
        .macro  pop_d
        pop     edx
        .endm
        .endif
start:  mov     esi, 0x20000
        mov     edi, 0x21000
        mov     ecx, 10
        cld
        rep movsb
        xor     eax, eax
        mov     ebx, 0x89ABCDEF
        mov     ecx, 3
1:      add     eax, ecx
        adc     ebx, 0x1234567
        flags_push
        pop_d
        rol     ebx, 3
        xor     edx, ebx
        loop    1b
        sti
        nop
        cli
        mov     ax, ss
        mov     ss, ax
        mov     esp, 0x6F00
        flags_push
        or      dword ptr [esp], 0x100
        flags_pop
        inc     ebx
        mov     ss, ax
        inc     ebx
        inc     ebx
        flags_push
        and     dword ptr [esp], 0xFFFFFEFF
        flags_pop
        int     0x30
        mov     dx, 0x3F8
        in      al, dx
        out     dx, al
        mov     esi, 0x20000
        mov     ecx, 3
        rep outsb
        mov     edi, 0x21100
        mov     ecx, 2
        rep insd
        mov     esi, 0x21000
        mov     edi, 0x20000
        mov     ecx, 10
        repe cmpsb
        setz    bl
        mov     dword ptr [0x22000], ebx
        mov     dword ptr [0x22004], edx
        mov     dword ptr [0x22008], esp
        out     0x80, al
        cli
        hlt

        .org    0x100
step:   inc     dword ptr [0x22010]
        push_a
        mov     eax, dword ptr [esp+WORD]
        rol     dword ptr [0x22014], 5
        add     dword ptr [0x22014], eax
        pop_a
        return
        .org    0x180
soft:   inc     dword ptr [0x22018]
        return

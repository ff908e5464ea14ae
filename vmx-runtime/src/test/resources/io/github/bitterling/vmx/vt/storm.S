# A guest's loop for BoundaryStormTests, at 9000h: its instructions do not commute, so RAX at the end tells
# whether one was lost or done twice. Words at 70000h, bytes from 70100h, copies to 71000h.
        .intel_syntax noprefix
        .code64
start:  xor     eax, eax
        xor     edx, edx
        mov     esi, 0x70100
        mov     edi, 0x71000
        mov     ebx, 0x70000
        mov     [rbx], rax
        mov     ecx, 400
loop:   add     rax, rcx
        rol     rax, 7
        push    rax
        xor     [rbx], rax
        lodsb
        stosb
        imul    rax, rax, 13
        adc     rax, rdx
        pop     rdx
        cmp     al, 0x50
        jb      1f
        not     rdx
1:      call    2f
2:      pop     r8
        add     rax, r8
        add     [rbx], rdx
        mov     r8, rcx
        mov     ecx, 3
        rep movsb
        mov     rcx, r8
        bt      rax, 9
        sbb     rdx, rcx
        dec     ecx
        jnz     loop
        add     rax, [rbx]
        add     rax, rdx
        vmcall

# Real-mode code of which a part lies where SMRAM has other code, at the same CS:IP. Linked at 8000h; the parts:
#   0   the program: calls 3000:8000 and raises an SMI by port 80h, 60 times
#   80h what is at 38000h outside SMM, 100h what is there in SMM; both change their own immediates
        .intel_syntax noprefix
        .code16
start:  mov     cx, 60
1:      call    0x3000:0x8000
        out     0x80, al
        loop    1b
        hlt

        .org    0x80
outside:
        inc     bx
        add     dx, 1
        inc     byte ptr cs:[0x8003]
        retf

        .org    0x100
inside: mov     eax, 0x3F000
        add     dword ptr [eax], 1
        mov     eax, 0x38000
        inc     byte ptr [eax + 0xA]
        rsm

# Host of the VMX conformance programs. Runs stages: writes the VMCS fields of a stage, enters the guest,
# records what the exit left, goes on with the next stage. Loaded at 8000h in 64-bit mode, identity-mapped.
#
#   60000h VMXON pointer, 60008h VMCS pointer, 60010h next stage, 60018h next result, 60020h launched
#   60030h guest's RAX RCX RDX RBX RSI RDI
#   stage: pairs of encoding and value, then -1; -2 instead of a stage ends the run
#   58000h encodings to be recorded, then -1; a result is their values, then DR6 and the guest's RAX
#   A failed entry records 0F000h | RFLAGS[7:0] and VM-instruction error in place of the first two,
#   and goes on with the next stage too.
        .intel_syntax noprefix
        .code64
        .text
start:  mov     ecx, 0x3A
        rdmsr
        test    al, 1
        jnz     1f
        mov     eax, 5
        xor     edx, edx
        wrmsr
1:      mov     rax, cr4
        or      eax, 0x2000
        mov     cr4, rax
        mov     rax, cr0
        and     eax, 0x9FFFFFFF
        or      eax, 0x20
        mov     cr0, rax
        mov     ecx, 0x480
        rdmsr
        mov     ebx, 0x60000
        mov     rcx, [rbx]
        mov     [rcx], eax
        mov     rcx, [rbx+8]
        mov     [rcx], eax
        vmxon   qword ptr [rbx]
        vmclear qword ptr [rbx+8]
        vmptrld qword ptr [rbx+8]
stage:  mov     ebx, 0x60000
        mov     rsi, [rbx+0x10]
next:   mov     rax, [rsi]
        cmp     rax, -1
        je      enter
        cmp     rax, -2
        je      done
        vmwrite rax, [rsi+8]
        add     rsi, 16
        jmp     next
enter:  add     rsi, 8
        mov     [rbx+0x10], rsi
        cmp     dword ptr [rbx+0x20], 0
        mov     rax, [rbx+0x30]
        mov     rcx, [rbx+0x38]
        mov     rdx, [rbx+0x40]
        mov     rsi, [rbx+0x50]
        mov     rdi, [rbx+0x58]
        mov     rbx, [rbx+0x48]
        jne     again
        vmlaunch
        jmp     failed
again:  vmresume
failed: pushfq
        pop     rax
        movzx   eax, al
        or      eax, 0xF000
        mov     ebx, 0x60000
        mov     rdi, [rbx+0x18]
        mov     [rdi], rax
        mov     eax, 0x4400
        vmread  [rdi+8], rax
        add     rdi, 0xD0               # 24 fields, DR6 and RAX
        mov     [rbx+0x18], rdi
        jmp     stage
done:   mov     al, 0xEE
        out     0x80, al
        cli
stop:   hlt
        jmp     stop

        .org    0x100
exit:   push    rbx
        mov     ebx, 0x60000
        mov     [rbx+0x30], rax
        mov     [rbx+0x38], rcx
        mov     [rbx+0x40], rdx
        mov     [rbx+0x50], rsi
        mov     [rbx+0x58], rdi
        pop     rax
        mov     [rbx+0x48], rax
        mov     rdi, [rbx+0x18]
        mov     esi, 0x58000
record: mov     rax, [rsi]
        cmp     rax, -1
        je      last
        mov     qword ptr [rdi], 0
        vmread  [rdi], rax
        add     rsi, 8
        add     rdi, 8
        jmp     record
last:   mov     eax, [rdi-0xC0]         # exit reason; a failed entry leaves the VMCS clear
        not     eax
        shr     eax, 31
        or      [rbx+0x20], eax
        mov     rax, dr6
        mov     [rdi], rax
        mov     eax, 0xFFFF0FF0
        mov     dr6, rax
        mov     rax, [rbx+0x30]
        mov     [rdi+8], rax
        add     rdi, 16
        mov     [rbx+0x18], rdi
        jmp     stage

# A hypervisor of one page and its guest, for MiniHypervisorTests. Assembled with
#   as --64 -o h.o hypervisor.S && ld -Ttext=0x8000 --oformat=binary -e start -o h.bin h.o
# Host at 8000h in 64-bit mode; guest at 9000h starts in real mode. The test prepares page tables, EPT,
# the table of VMCS fields at 50000h (encoding, value, ends with -1) and the pointers at 60000h.
        .code64
        .globl start
start:  mov $0x3A, %ecx
        mov $5, %eax
        xor %edx, %edx
        wrmsr
        mov %cr4, %rax
        or $0x2000, %rax
        mov %rax, %cr4
        mov %cr0, %rax
        and $0x9FFFFFFF, %eax
        or $0x20, %eax
        mov %rax, %cr0
        vmxon 0x60000
        jbe fail
        vmclear 0x60008
        jbe fail
        vmptrld 0x60008
        jbe fail
        mov $0x50000, %rsi
1:      mov (%rsi), %rax
        cmp $-1, %rax
        je 2f
        vmwrite 8(%rsi), %rax
        jbe fail
        add $16, %rsi
        jmp 1b
2:      vmlaunch
fail:   mov $0x4400, %edx
        vmread %rdx, %rax
        out %al, $0x8F
        cli
        hlt

# Host RIP is 8100h
        .org 0x100
        push %rax
        push %rdx
        mov $0x4402, %edx
        vmread %rdx, %rax
        out %al, $0x81
        cmp $10, %eax
        je cpuid
        cmp $18, %eax
        je inject
        cmp $48, %eax
        je map
        cli
        hlt
cpuid:  movq $0xCAFE, 8(%rsp)
        jmp skip
inject: mov $0x4016, %edx
        mov $0x80000021, %eax
        vmwrite %rax, %rdx
        jmp skip
map:    movq $0x70037, 0x23380          # EPT entry of page 70000h
        jmp resume
skip:   mov $0x440C, %edx
        vmread %rdx, %rax
        mov $0x681E, %edx
        push %rbx
        vmread %rdx, %rbx
        add %rbx, %rax
        vmwrite %rax, %rdx
        pop %rbx
resume: pop %rdx
        pop %rax
        vmresume
        jmp fail

# The guest: CS = 0900h, so labels are offsets from 9000h
        .org 0x1000
        .code16
guest:  mov $1, %al
        out %al, $0x80
        cpuid
        cmp $0xCAFE, %ax
        jne bad
        mov $2, %al
        out %al, $0x80
        int $0x40
        sti
        nop                             # out of the shadow of STI, where nothing may be injected
        vmcall
        cli
        mov $0x7000, %ax
        mov %ax, %es
        movw $0x1234, %es:4
        cmpw $0x1234, %es:4
        jne bad
        mov $5, %al
        out %al, $0x80
        lgdtl %cs:gdtr - guest
        mov %cr0, %eax
        or $1, %al
        mov %eax, %cr0
        ljmpl $8, $wide + 0x0
bad:    mov $0xBD, %al
        out %al, $0x80
        hlt

h40:    push %ax
        mov $3, %al
        out %al, $0x80
        pop %ax
        iret
h21:    push %ax
        mov $4, %al
        out %al, $0x80
        pop %ax
        iret

        .code32
wide:   mov $16, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov $6, %al
        out %al, $0x80
        mov $0x40000, %eax              # 4-MByte identity page, put there by the test
        mov %eax, %cr3
        mov %cr4, %eax
        or $0x10, %eax
        mov %eax, %cr4
        mov %cr0, %eax
        or $0x80000000, %eax
        mov %eax, %cr0
        mov 0x70004, %eax
        cmpw $0x1234, %ax
        jne worse
        mov $7, %al
        out %al, $0x80
        mov %cr4, %eax                  # VMXE is the host's: hidden by the read shadow
        test $0x2000, %eax
        jnz worse
        mov $8, %al
        out %al, $0x80
worse:  hlt

        .org 0x1200
gdtr:   .word 0x17
        .long gdt
        .org 0x1210
gdt:    .quad 0
        .quad 0x00CF9B000000FFFF
        .quad 0x00CF93000000FFFF
        .org 0x1300
        .word h40 - guest, 0x900, h21 - guest, 0x900

/*
 * What the virtual machines of kvm.c run: one block of code and data that lies at 1000h of the guest. Each entry is a
 * program of its own.
 */
#define BASE 0x1000
#define AT(label) (BASE + (label) - guest_image)
#define DEVICE 0xD0000000
#define APIC 0xFEE00000
#define IOAPIC 0xFEC00000
#define TABLES 0x10000

    .macro entry name
    .globl \name
\name:
    .endm

    .section .rodata
    .balign 4096
entry guest_image

    /* Real mode: arithmetic, ports of each width, strings, a software interrupt. */
    .code16
entry real_mode
    movw $(AT(real_handler)), 0x84
    movw $0, 0x86
    movw $100, %cx
    xorw %bx, %bx
1:  addw %cx, %bx
    loop 1b
    movw %bx, %ax
    outw %ax, $0x80
    inb $0x81, %al
    outb %al, $0x82
    movw $0x3F8, %dx
    movw $(AT(text)), %si
    movw $3, %cx
    cld
    rep outsb
    movw $0x900, %di
    movw $2, %cx
    rep insb
    movw 0x900, %ax
    outw %ax, $0x82
    int $0x21
    hlt
real_handler:
    movl $0xCAFE1234, %eax
    outl %eax, $0x84
    iretw
text:
    .ascii "KVM"

    /* Protected mode: device accesses of each width, read-modify-write there, a call. */
    .code32
entry protected_mode
    movl $0x12345678, DEVICE
    movw $0xABCD, DEVICE + 8
    movb $0xEF, DEVICE + 13
    movl DEVICE + 16, %eax
    outl %eax, $0x80
    movzbl DEVICE + 20, %eax
    outl %eax, $0x80
    addl $1, DEVICE + 24
    pushl $7
    call square
    addl $4, %esp
    outl %eax, $0x80
    hlt
square:
    movl 4(%esp), %eax
    imull %eax, %eax
    ret

    /* From real mode to 64-bit mode by the guest itself, its page tables made by it too. */
    .code16
entry climb
    cli
    lgdtl AT(gdt_pointer)
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $8, $(AT(climb32))
    .code32
climb32:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $0x8000, %esp
    movl $32, %eax
    outl %eax, $0x80
    movl $(TABLES + 0x1007), TABLES
    movl $(TABLES + 0x2007), TABLES + 0x1000
    movl $0x87, TABLES + 0x2000
    movl $(DEVICE + 0x87), TABLES + 0x2008  /* 200000h is the device */
    movl $TABLES, %eax
    movl %eax, %cr3
    movl $0x620, %eax
    movl %eax, %cr4
    movl $0xC0000080, %ecx
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80000000, %eax
    movl %eax, %cr0
    rdmsr
    outl %eax, $0x80
    ljmpl $24, $(AT(climb64))
    .code64
climb64:
    movabsq $0x1122334455667788, %rax
    movq %rax, 0x200000
    movq 0x200008, %rbx
    movl %ebx, %eax
    outl %eax, $0x80
    movl $3, %eax
    cvtsi2sd %eax, %xmm0
    sqrtsd %xmm0, %xmm0
    mulsd AT(million), %xmm0
    cvttsd2si %xmm0, %eax
    outl %eax, $0x80
    hlt

    .balign 8
million:
    .double 1000000.0
gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF
    .quad 0x00CF93000000FFFF
    .quad 0x00AF9B000000FFFF
gdt_pointer:
    .word . - gdt - 1
    .long AT(gdt)

    /* 64-bit mode: waits for interrupts 40h in HLT and, with them held off, for 41h. */
entry waits
    call make_gates
    sti
    hlt
    cli
    movl $1, %eax
    outl %eax, $0xF4        /* the host asks for the window here */
    outl %eax, $0x80
    sti
    nop
    nop
    hlt

    /* 64-bit mode: one exception after another; each handler tells its vector and what goes with it. */
entry faults
    call make_gates
    xorl %ecx, %ecx
    movl $5, %eax
    xorl %edx, %edx
    movl $2, %esi           /* bytes of the faulting instruction */
    divl %ecx
    movl $0, %esi
    int3
    movl $2, %esi
    ud2
    movl $2, %esi
    movl $0xFFFF, %ecx
    rdmsr                   /* #GP: no such MSR */
    movq $0, TABLES + 0x2008
    invlpg 0x200000
    movl $0x200123, %edi
    movl $2, %esi
    movl %eax, (%rdi)       /* #PF */
    hlt

    /* Local APIC and I/O APIC as KVM makes them, the 8259s masked: timer, an interrupt to itself, one from the host's line 5. */
entry interrupt_controllers
    call make_gates
    movb $0xFF, %al
    outb %al, $0x21
    outb %al, $0xA1
    movl $APIC, %ebx
    movl $0x1FF, 0xF0(%rbx)
    movl $0x0B, 0x3E0(%rbx)
    movl $0x20042, 0x320(%rbx)      /* periodic, vector 42h */
    movl $2000000, 0x380(%rbx)
    sti
1:  hlt
    cmpl $3, AT(ticks)
    jb 1b
    movl $0, 0x380(%rbx)
    movl AT(ticks), %eax
    outb %al, $0x80
    movl $0x40043, 0x300(%rbx)      /* to itself, vector 43h */
    movl $IOAPIC, %edi
    movl $0x1A, (%rdi)              /* line 5, to vector 45h by edge */
    movl $0x45, 0x10(%rdi)
    movl $0x1B, (%rdi)
    movl $0, 0x10(%rdi)
    outb %al, $0xF4
    nop
    outb %al, $0xF4

    /* Processor 0 starts processor 1; both count to one sum. */
entry two_processors
    movl $APIC, %ebx
    movl $0x1FF, 0xF0(%rbx)
    movl $(1 << 24), 0x310(%rbx)
    movl $0x4500, 0x300(%rbx)       /* INIT */
    movl $(1 << 24), 0x310(%rbx)
    movl $(0x4600 + BASE / 4096 + 1), 0x300(%rbx)
    call count
1:  pause
    cmpl $2, AT(done)
    jb 1b
    movl AT(sum), %eax
    outl %eax, $0xF4
count:
    movl $20000, %ecx
1:  lock incl AT(sum)
    loop 1b
    lock incl AT(done)
    ret

    /* Writes to pages 100, 200 and 1000. */
entry dirties
    movl $1, 100 * 4096
    movl $1, 200 * 4096
    movl $1, 1000 * 4096
    hlt

    /* No table of handlers at all. */
entry triple_fault
    lidt AT(nothing)
    ud2
nothing:
    .word 0
    .quad 0

entry five_steps
    nop
    incl %eax
    incl %eax
    nop
    hlt

    /* Gates for vectors 0 to 47h, at 20000h. */
make_gates:
    lgdt AT(gdt_pointer64)
    pushq $24
    pushq $(AT(1f))
    lretq
1:  movl $0x20000, %edi
    movl $(AT(vectors)), %esi
    movl $0x48, %ecx
1:  movq %rsi, %rax
    movw %ax, (%rdi)
    movl $0x8E000018, 2(%rdi)
    shrl $16, %eax
    movw %ax, 6(%rdi)
    movq $0, 8(%rdi)
    addq $16, %rdi
    addq $8, %rsi
    loop 1b
    lidt AT(idt_pointer)
    ret
gdt_pointer64:
    .word 31
    .quad AT(gdt)
idt_pointer:
    .word 0x48 * 16 - 1
    .quad 0x20000

    /* Stubs of eight bytes, one a vector. */
    .balign 8
vectors:
    .set vector, 0
    .rept 0x48
    .balign 8
    pushq $vector
    jmp handler
    .set vector, vector + 1
    .endr
    .balign 8
handler:
    pushq %rax
    movq 8(%rsp), %rax              /* the vector */
    cmpl $0x42, %eax
    je tick
    outb %al, $0x90
    cmpl $0x40, %eax
    jae from_outside
    cmpl $13, %eax
    je with_code
    cmpl $14, %eax
    je page_fault
    addq %rsi, 16(%rsp)             /* after the instruction */
    popq %rax
    addq $8, %rsp
    iretq
page_fault:
    movq %cr2, %rax
    outl %eax, $0x92
with_code:
    movl 16(%rsp), %eax
    outl %eax, $0x91
    addq %rsi, 24(%rsp)
    popq %rax
    addq $16, %rsp
    iretq
tick:
    incl AT(ticks)
from_outside:
    movl $APIC, %eax
    cmpl $0x42, 8(%rsp)
    jb 1f
    movl $0, 0xB0(%rax)             /* end of interrupt */
1:  popq %rax
    addq $8, %rsp
    iretq

    .balign 8
ticks:
    .long 0
sum:
    .long 0
done:
    .long 0

    /* Where processor 1 starts, on a page of its own: real mode, to protected mode, counts there. */
    .org guest_image + 4096
    .code16
    cli
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl AT(gdt_pointer)
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $8, $(AT(second32))
    .code32
second32:
    movw $16, %ax
    movw %ax, %ds
    movl $20000, %ecx
1:  lock incl AT(sum)
    loop 1b
    lock incl AT(done)
1:  hlt
    jmp 1b
entry guest_image_end
    .byte 0
    .section .note.GNU-stack, "", @progbits

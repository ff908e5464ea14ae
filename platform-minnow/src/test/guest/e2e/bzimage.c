/*
 * What a bzImage is to its loader: a setup sector with the header of boot protocol 2.13, then the protected-mode kernel,
 * which here tells what it found in the boot parameters. Linked so that it
 * runs where it prefers to be, at 1000000h.
 */
#include "kernel.h"

__asm__(
    ".text\n"
    ".globl _start\n"
    "_start:\n"
    ".org 0x1f1\n .byte 1\n"                 /* one setup sector after the boot sector */
    ".org 0x1fe\n .word 0xaa55\n"
    "jmp . + 0x6a\n .ascii \"HdrS\"\n .word 0x20d\n"
    ".org 0x211\n .byte 1\n"                 /* loaded high */
    ".org 0x22c\n .long 0x7fffffff\n .long 0x200000\n .byte 1, 21\n .word 0\n .long 255\n"
    ".org 0x258\n .quad 0x1000000\n .long 0x10000\n"
    ".org 0x400\n"
    "movl $0x1008000, %esp\n"
    "pushl %esi\n"
    "call 1f\n"
    "1: popl %ebx\n"
    "subl $(1b - _start - 0x400), %ebx\n"    /* where this kernel was loaded */
    "pushl %ebx\n"
    "movl %cs, %eax\n movl %ds, %edx\n shll $16, %edx\n orl %edx, %eax\n"
    "pushl %eax\n"
    "call kernel_main\n");

static u32 at32(const u8 *p, u32 offset) { return *(const u32 *)(p + offset); }

void kernel_main(u32 selectors, u32 base, const u8 *params);

void kernel_main(u32 selectors, u32 base, const u8 *params) {
  field("kernel: selectors ", selectors);
  field(" base ", base);
  field(" entry ", at32(params, 0x214));
  field(" loader ", params[0x210]);
  text("\r\nkernel: command line ");
  text((const char *)at32(params, 0x228));
  u32 initrd = at32(params, 0x218);
  u32 bytes = at32(params, 0x21c);
  field("\r\nkernel: initrd bytes ", bytes);
  if (bytes) {
    field(" first ", *(const u8 *)initrd);
    field(" last ", *(const u8 *)(initrd + bytes - 1));
    field(" offset in page ", initrd & 0xfff);
  }
  u64 ram = 0;
  for (u32 i = 0; i < params[0x1e8]; i++) {
    const u8 *entry = params + 0x2d0 + 20 * i;
    ram += at32(entry, 16) == 1 ? *(const u64 *)(entry + 8) : 0;
  }
  field("\r\nkernel: RAM MiB ", ram >> 20);
  text("\r\nkernel: ACPI ");
  for (u32 i = 0; i < 7; i++) {
    outb(0x3f8, *(const u8 *)(at32(params, 0x70) + i));
  }
  text("\r\n");
  power_off();
}

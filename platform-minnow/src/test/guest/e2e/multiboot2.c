/*
 * A Multiboot2 kernel that tells what its loader told it, wherever it was loaded: its segments get the base by which it was
 * moved. -DRELOCATABLE says that it may be; -DFLAT has addresses in the header, of a kernel linked at FLAT; -DASKS=n asks
 * for information of type n.
 */
#include "kernel.h"

#ifdef RELOCATABLE
#define MOVES ".word 10, 0\n .long 24, 0x200000, 0x10000000, 0x200000, 0\n"
#else
#define MOVES ""
#endif
#ifdef FLAT
#define ADDRESSES                                                                                                    \
  ".word 2, 0\n .long 24, header, " TEXT(FLAT) ", 0, stack_end\n"                                                    \
  ".word 3, 0\n .long 12, start, 0\n"
#else
#define ADDRESSES ""
#endif
#ifdef ASKS
#define WANTED ", " TEXT(ASKS)
#else
#define WANTED ", 6"
#endif
#define TEXT(value) TEXT_OF(value)
#define TEXT_OF(value) #value

__asm__(
    ".text\n"
    ".globl _start\n"
    "_start: jmp start\n"
    ".balign 8\n"
    "header: .long 0xe85250d6, 0, header_end - header, -(0xe85250d6 + header_end - header)\n"
    ".word 1, 0\n .long 16, 1" WANTED "\n"
    ".word 4, 1\n .long 12, 3, 0\n" MOVES ADDRESSES
    ".word 99, 1\n .long 8\n" /* unknown and optional */
    ".word 0, 0\n .long 8\n"
    "header_end:\n"
    "start: movl $0x7000, %esp\n"
    "movl %eax, %esi\n"
    "call 1f\n"
    "1: popl %ebp\n"
    "subl $1b, %ebp\n" /* how far it was moved */
    "movl %ebp, %eax\n"
    "movw %ax, gdt + 10(%ebp)\n"
    "movw %ax, gdt + 18(%ebp)\n"
    "shrl $16, %eax\n"
    "movb %al, gdt + 12(%ebp)\n"
    "movb %al, gdt + 20(%ebp)\n"
    "movb %ah, gdt + 15(%ebp)\n"
    "movb %ah, gdt + 23(%ebp)\n"
    "addl %ebp, gdt_pointer + 2(%ebp)\n"
    "lgdt gdt_pointer(%ebp)\n"
    "ljmp $8, $2f\n"
    "2: movw $16, %ax\n"
    "movw %ax, %ds\n movw %ax, %es\n movw %ax, %ss\n"
    "movl $stack_end, %esp\n"
    "subl %ebp, %ebx\n"
    "pushl %ebp\n pushl %ebx\n pushl %esi\n"
    "call kernel_main\n"
    ".balign 8\n"
    "gdt: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff\n"
    "gdt_pointer: .word 23\n .long gdt\n");

u8 stack[4096];
__asm__(".globl stack_end\n.set stack_end, stack + 4096\n");

static void memory_map(const u32 *tag) {
  u64 ram = 0;
  for (u32 at = 16; at + tag[2] <= tag[1]; at += tag[2]) {
    const u32 *entry = (const u32 *)((const u8 *)tag + at);
    ram += entry[4] == 1 ? *(const u64 *)(entry + 2) : 0;
  }
  field("kernel: RAM MiB ", ram >> 20);
  text("\r\n");
}

static void tell(const u32 *tag, u32 moved) {
  switch (tag[0]) {
    case 1:
      text("kernel: command line ");
      text((const char *)(tag + 2));
      text("\r\n");
      break;
    case 3:
      field("kernel: module bytes ", tag[3] - tag[2]);
      field(" first ", *(const u8 *)(tag[2] - moved));
      field(" last ", *(const u8 *)(tag[3] - 1 - moved));
      text("\r\n");
      break;
    case 6:
      memory_map(tag);
      break;
    case 15:
      text("kernel: ACPI ");
      for (int i = 0; i < 8; i++) {
        outb(0x3f8, ((const u8 *)(tag + 2))[i]);
      }
      field(" revision ", ((const u8 *)(tag + 2))[15]);
      text("\r\n");
      break;
    case 21:
      field("kernel: loaded at ", tag[2]);
      text("\r\n");
  }
}

void kernel_main(u32 magic, const u32 *info, u32 moved);

void kernel_main(u32 magic, const u32 *info, u32 moved) {
  field("kernel: magic ", magic);
  field(" moved ", moved);
  text("\r\n");
  const u8 *at = (const u8 *)(info + 2);
  for (; *(const u32 *)at; at += (((const u32 *)at)[1] + 7) & ~7u) {
    tell((const u32 *)at, moved);
  }
  field("kernel: size as said ", info[0] == (u32)(at + 8 - (const u8 *)info));
  text("\r\n");
  power_off();
}

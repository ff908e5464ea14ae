/*
 * A Multiboot kernel that tells what its loader told it. -DFLAT has addresses in the header, of a kernel linked at FLAT;
 * -DASKS=n asks for more in its flags.
 */
#include "kernel.h"

#define TEXT(value) TEXT_OF(value)
#define TEXT_OF(value) #value
#ifndef ASKS
#define ASKS 0
#endif
#ifdef FLAT
#define FLAGS "(0x10003 | " TEXT(ASKS) ")"
#define ADDRESSES ".long header, " TEXT(FLAT) ", 0, stack_end, 1f\n"
#else
#define FLAGS "(3 | " TEXT(ASKS) ")"
#define ADDRESSES ""
#endif

__asm__(
    ".text\n"
    ".globl _start\n"
    "_start: jmp 1f\n"
    ".balign 4\n"
    "header: .long 0x1badb002, " FLAGS ", -(0x1badb002 + " FLAGS ")\n" ADDRESSES
    "1: movl $stack_end, %esp\n"
    "pushl %ebx\n"
    "pushl %eax\n"
    "call kernel_main\n");

u8 stack[4096];
__asm__(".globl stack_end\n.set stack_end, stack + 4096\n");

struct entry {
  u32 size;
  u64 start, length;
  u32 type;
} __attribute__((packed));

void kernel_main(u32 magic, const u32 *info);

void kernel_main(u32 magic, const u32 *info) {
  field("kernel: magic ", magic);
  text("\r\nkernel: command line ");
  text((const char *)info[4]);
  field("\r\nkernel: modules ", info[5]);
  if (info[5]) {
    const u32 *module = (const u32 *)info[6];
    field(" bytes ", module[1] - module[0]);
    field(" first ", *(const u8 *)module[0]);
    field(" last ", *(const u8 *)(module[1] - 1));
  }
  u64 ram = 0;
  const u8 *at = (const u8 *)info[12];
  for (const u8 *end = at + info[11]; at < end; at += ((const struct entry *)at)->size + 4) {
    const struct entry *entry = (const struct entry *)at;
    ram += entry->type == 1 ? entry->length : 0;
  }
  field("\r\nkernel: RAM MiB ", ram >> 20);
  text("\r\n");
  power_off();
}

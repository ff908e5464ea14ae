/*
 * A boot program that reads and writes the drive it came from through INT 13h: random places, random lengths, buffers
 * that cross pages, every byte compared. Byte i of a block is f(block, number of times it was written, i). On a CD-ROM
 * (-DCDROM, loaded whole by the BIOS) it only reads. With -DBIOS_CONSOLE it does none of this but says a word through
 * INT 10h and gives back the keys up to an Enter that INT 16h brings. FIRST and BLOCKS say which blocks hold the pattern.
 */
__asm__(".code16gcc\n");
#include "kernel.h"

#ifdef CDROM
#define BLOCK 2048
#define LOAD ""
#else
#define BLOCK 512
#define LOAD                                                                                                         \
  "movw $packet, %si\n"                                                                                              \
  "movb $0x42, %ah\n"                                                                                                \
  "int $0x13\n"
#endif

__asm__(
    ".text\n"
    ".globl _start\n"
    "_start: cli\n"
    "xorw %ax, %ax\n"
    "movw %ax, %ds\n"
    "movw %ax, %es\n"
    "movw %ax, %ss\n"
    "movw $0x7c00, %sp\n"
    "sti\n"
    "ljmpw $0, $1f\n"
    "1:\n" LOAD
    "jmp start_c\n"
    "packet: .byte 16, 0\n"
    ".word 15, 0x7e00, 0\n"
    ".quad 1\n"
    ".org 510\n"
    ".word 0xaa55\n"
    "start_c:\n"
    "movzbl %dl, %eax\n"
    "pushl %eax\n"
    "calll check_drive\n");

struct address_packet {
  u8 size, zero;
  u16 count;
  u16 offset, segment;
  u64 block;
} __attribute__((packed));

#define PACKET ((struct address_packet *)0x600)
#define WRITTEN 0x10000u /* how often each block was written */
#define BUFFERS 0x20000u
#ifndef ROUNDS
#define ROUNDS 150
#endif
#define MOST 16

static void poke(u32 address, u8 value) {
  __asm__ volatile("movw %w0, %%es\n movb %1, %%es:(%2)" : : "r"(address >> 4), "q"(value), "b"(address & 15) : "memory");
}

static u8 peek(u32 address) {
  u8 value;
  __asm__ volatile("movw %w1, %%es\n movb %%es:(%2), %0" : "=q"(value) : "r"(address >> 4), "b"(address & 15));
  return value;
}

static u8 pattern(u32 block, u32 written, u32 i) {
  u32 mixed = block * 2654435761u + written * 40503u + i * 97u;
  return (u8)(mixed >> 16 ^ mixed >> 8 ^ i);
}

static int transfer(u32 drive, u32 function, u32 block, u32 count, u32 address) {
  struct address_packet *packet = PACKET;
  packet->size = 16;
  packet->zero = 0;
  packet->count = (u16)count;
  packet->offset = (u16)(address & 15);
  packet->segment = (u16)(address >> 4);
  packet->block = block;
  u8 failed;
  u32 ax = function << 8;
  __asm__ volatile("int $0x13\n setc %1" : "+a"(ax), "=q"(failed) : "d"(drive), "S"(packet) : "memory", "cc", "ebx", "ecx", "edi");
  return !failed;
}

static u32 compare(u32 block, u32 count, u32 address) {
  for (u32 b = 0; b < count; b++) {
    u32 written = peek(WRITTEN + block + b - FIRST);
    for (u32 i = 0; i < BLOCK; i++) {
      if (peek(address + b * BLOCK + i) != pattern(block + b, written, i)) {
        field("integrity: ERROR block ", block + b);
        field(" byte ", i);
        text("\r\n");
        return 1;
      }
    }
  }
  return 0;
}

static void fill(u32 block, u32 count, u32 address) {
  for (u32 b = 0; b < count; b++) {
    u32 count_at = WRITTEN + block + b - FIRST;
    u8 written = (u8)(peek(count_at) + 1);
    poke(count_at, written);
    for (u32 i = 0; i < BLOCK; i++) {
      poke(address + b * BLOCK + i, pattern(block + b, written, i));
    }
  }
}

static u32 round(u32 drive, u32 random) {
  u32 count = 1 + random % MOST;
  u32 block = FIRST + (random >> 4) % (BLOCKS - count);
  u32 address = BUFFERS + (random >> 13 & 0x3ffe);
  u32 writes = 0;
#ifndef CDROM
  writes = random >> 30 & 1;
#endif
  if (writes) {
    fill(block, count, address);
  }
  if (!transfer(drive, writes ? 0x43 : 0x42, block, count, address)) {
    field("integrity: ERROR INT 13h fails at block ", block);
    text("\r\n");
    return 1;
  }
  return writes ? 0 : compare(block, count, address);
}

#ifdef BIOS_CONSOLE
static void bios_put(u8 c) {
  u32 ax = 0x0e00u | c;
  __asm__ volatile("int $0x10" : "+a"(ax) : "b"(7) : "memory", "cc", "ecx", "edx", "esi", "edi");
}

static u8 bios_key(void) {
  u32 ax = 0;
  __asm__ volatile("int $0x16" : "+a"(ax) : : "memory", "cc", "ebx", "ecx", "edx", "esi", "edi");
  return (u8)ax;
}

static void echo_keys(void) {
  for (const char *t = "bios says: type\r\n"; *t; t++) {
    bios_put((u8)*t);
  }
  for (u8 key = bios_key(); key != 13; key = bios_key()) {
    field("key ", key);
    text("\r\n");
  }
}
#endif

void check_drive(u32 drive);

void check_drive(u32 drive) {
  field("integrity: drive ", drive);
  text("\r\n");
#ifdef BIOS_CONSOLE
  echo_keys();
  power_off();
#endif
  for (u32 i = 0; i < BLOCKS; i++) {
    poke(WRITTEN + i, 0);
  }
  u32 random = 12345;
  u32 errors = 0;
  for (u32 i = 0; i < ROUNDS && errors < 5; i++) {
    random = random * 1103515245u + 12345u;
    errors += round(drive, random ^ random << 16);
  }
  for (u32 block = FIRST; block + MOST <= FIRST + BLOCKS && errors < 5; block += MOST) {
    errors += !transfer(drive, 0x42, block, MOST, BUFFERS) || compare(block, MOST, BUFFERS);
  }
  field("integrity: errors ", errors);
  text("\r\n");
  power_off();
}

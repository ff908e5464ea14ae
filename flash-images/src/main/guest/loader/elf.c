/* ELF kernels of 32 and 64 bits: their segments go where their physical addresses say, or all together elsewhere. */
#include "loader.h"

#define ELF_LOAD 1
#define CLASS_64 2

struct segment {
  u32 type;
  u64 offset, address, physical, bytes, memory;
};

static const u8 *elf;

static int is_64(void) { return elf[4] == CLASS_64; }

static u32 half(u32 at) { return elf[at] | (u32)elf[at + 1] << 8; }

static u64 word(u32 at32, u32 at64) { return is_64() ? le64(elf + at64) : le32(elf + at32); }

int elf_is_kernel(const u8 *file) {
  return memcmp(file, "\177ELF", 4) == 0 && (file[4] == 1 || file[4] == CLASS_64) && file[5] == 1;
}

static u32 segments(void) { return half(is_64() ? 56 : 44); }

static void read_segment(u32 index, struct segment *s) {
  u64 table = word(28, 32);
  u32 size = half(is_64() ? 54 : 42);
  if (table > kernel_file.bytes || (u64)size * segments() > kernel_file.bytes - table) {
    give_up("the kernel's file ends before its program headers");
  }
  const u8 *at = elf + (u32)table + index * size;
  s->type = le32(at);
  s->offset = is_64() ? le64(at + 8) : le32(at + 4);
  s->address = is_64() ? le64(at + 16) : le32(at + 8);
  s->physical = is_64() ? le64(at + 24) : le32(at + 12);
  s->bytes = is_64() ? le64(at + 32) : le32(at + 16);
  s->memory = is_64() ? le64(at + 40) : le32(at + 20);
  if (s->offset > kernel_file.bytes || s->bytes > kernel_file.bytes - s->offset || s->bytes > s->memory) {
    give_up("the kernel's segment %u is not in its file", index);
  }
}

static int is_loaded(const struct segment *s) { return s->type == ELF_LOAD && s->memory; }

/* First and last address of all segments. */
static void extent(u64 *start, u64 *end) {
  *start = ~0ull;
  *end = 0;
  for (u32 i = 0; i < segments(); i++) {
    struct segment s;
    read_segment(i, &s);
    if (is_loaded(&s)) {
      *start = s.physical < *start ? s.physical : *start;
      *end = s.physical + s.memory > *end ? s.physical + s.memory : *end;
    }
  }
}

static u32 is_free(void) {
  for (u32 i = 0; i < segments(); i++) {
    struct segment s;
    read_segment(i, &s);
    if (is_loaded(&s) && !memory_is_free(s.physical, s.memory)) {
      return 0;
    }
  }
  return 1;
}

/* How far the kernel has to move from where it wants to be. */
static u32 distance(const struct placement *may_move) {
  u64 start, end;
  extent(&start, &end);
  if (start >= end || end - start > 0xffffffffu) {
    give_up("the kernel has no segments to load");
  }
  if (is_free()) {
    return 0;
  }
  u32 size = (u32)(end - start);
  u32 to = may_move ? memory_lowest(size, may_move->least, may_move->alignment ? may_move->alignment : 1) : 0;
  if (!to || to > may_move->most || size > may_move->most - to) {
    give_up("the kernel wants to be at %08x-%08x, which is not free RAM", (u32)start, (u32)end);
  }
  return to - (u32)start;
}

/* The entry is an address as the segments are linked; kernels that give a physical one are taken by their word. */
static u32 entry_point(void) {
  u64 entry = word(24, 24);
  for (u32 i = 0; i < segments(); i++) {
    struct segment s;
    read_segment(i, &s);
    if (is_loaded(&s) && entry >= s.address && entry - s.address < s.memory) {
      return (u32)(entry - s.address + s.physical);
    }
  }
  return (u32)entry;
}

u32 elf_load(const u8 *file, const struct placement *may_move, u32 *base) {
  elf = file;
  u32 moved = distance(may_move);
  u64 start, end;
  extent(&start, &end);
  for (u32 i = 0; i < segments(); i++) {
    struct segment s;
    read_segment(i, &s);
    if (is_loaded(&s)) {
      u32 to = (u32)s.physical + moved;
      memory_take(to, (u32)s.memory);
      memcpy((void *)(uptr)to, file + (u32)s.offset, (u32)s.bytes);
      memset((void *)(uptr)(to + (u32)s.bytes), 0, (u32)(s.memory - s.bytes));
    }
  }
  *base = (u32)start + moved;
  return entry_point() + moved;
}

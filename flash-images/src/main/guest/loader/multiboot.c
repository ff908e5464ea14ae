/* The Multiboot 1 protocol (version 0.6.96): ELF kernels and flat ones that say where they go. */
#include "loader.h"

#define MAGIC 0x1badb002u
#define FLAG_UNKNOWN 0x0000fff8u /* requirements other than page-aligned modules, memory and video information */
#define FLAG_ADDRESSES 0x10000u

#define INFO_MEMORY 0x1u
#define INFO_COMMAND_LINE 0x4u
#define INFO_MODULES 0x8u
#define INFO_MAP 0x40u
#define INFO_NAME 0x200u

#define ELF_LOAD 1

struct information {
  u32 flags;
  u32 lower, upper; /* KiB */
  u32 boot_device;
  u32 command_line;
  u32 module_count, modules;
  u32 symbols[4];
  u32 map_length, map;
  u32 drives_length, drives;
  u32 config_table;
  u32 loader_name;
  u32 unused[20];
};

struct module {
  u32 start, end;
  u32 text;
  u32 zero;
};

struct map_entry {
  u32 size;
  u64 start, length;
  u32 type;
} PACKED;

static struct information information;
static struct module module;
static struct map_entry map[MAX_RANGES];

static const u8 *find_header(const u8 *head) {
  for (u32 at = 0; at + 12 <= HEAD_BYTES && at + 12 <= kernel_file.bytes; at += 4) {
    if (le32(head + at) == MAGIC && le32(head + at) + le32(head + at + 4) + le32(head + at + 8) == 0) {
      return head + at;
    }
  }
  return NULL;
}

static void take(u32 start, u32 size) {
  if (!memory_is_free(start, size)) {
    give_up("the kernel wants to be at %08x-%08x, which is not free RAM", start, start + size);
  }
  memory_take(start, size);
}

static void copy(u32 to, const u8 *from, u32 bytes, u32 memory) {
  memcpy((void *)(uptr)to, from, bytes);
  memset((void *)(uptr)(to + bytes), 0, memory - bytes);
}

static void check_inside(u32 offset, u32 bytes) {
  if (offset > kernel_file.bytes || bytes > kernel_file.bytes - offset) {
    give_up("the kernel's file ends before offset %x + %x", offset, bytes);
  }
}

static u32 load_flat(const u8 *file, const u8 *header, u32 header_offset) {
  u32 header_address = le32(header + 12);
  u32 load = le32(header + 16);
  u32 load_end = le32(header + 20);
  u32 bss_end = le32(header + 24);
  u32 offset = header_offset - (header_address - load);
  u32 bytes = load_end ? load_end - load : kernel_file.bytes - offset;
  u32 memory = bss_end ? bss_end - load : bytes;
  check_inside(offset, bytes);
  take(load, memory);
  copy(load, file + offset, bytes, memory < bytes ? bytes : memory);
  return le32(header + 28);
}

static u32 load_elf32(const u8 *file) {
  u32 table = le32(file + 28);
  u32 entry_size = file[42] | (u32)file[43] << 8;
  u32 count = file[44] | (u32)file[45] << 8;
  check_inside(table, entry_size * count);
  for (u32 i = 0; i < count; i++) {
    const u8 *segment = file + table + i * entry_size;
    if (le32(segment) != ELF_LOAD || !le32(segment + 20)) {
      continue;
    }
    check_inside(le32(segment + 4), le32(segment + 16));
    take(le32(segment + 12), le32(segment + 20));
    copy(le32(segment + 12), file + le32(segment + 4), le32(segment + 16), le32(segment + 20));
  }
  return le32(file + 24);
}

static u32 load_kernel(const u8 *header, u32 header_offset, u32 flags) {
  u32 size = ALIGN_UP(kernel_file.bytes, SECTOR);
  u32 at = memory_highest(size, 1ull << 32);
  if (!at) {
    give_up("no room for a kernel of %u bytes", kernel_file.bytes);
  }
  disk_read(&kernel_file, 0, kernel_file.bytes, at);
  memory_take(at, size);
  const u8 *file = (const u8 *)(uptr)at;
  if (flags & FLAG_ADDRESSES) {
    return load_flat(file, header, header_offset);
  }
  if (memcmp(file, "\177ELF\1\1", 6) != 0) {
    give_up("a multiboot kernel without addresses in its header must be a 32-bit ELF file");
  }
  return load_elf32(file);
}

static void load_module(void) {
  if (!initrd_file.bytes) {
    return;
  }
  u32 at = memory_highest(ALIGN_UP(initrd_file.bytes, SECTOR), 1ull << 32);
  if (!at) {
    give_up("no room for a module of %u bytes", initrd_file.bytes);
  }
  disk_read(&initrd_file, 0, initrd_file.bytes, at);
  module.start = at;
  module.end = at + initrd_file.bytes;
  module.text = (u32)(uptr) "initrd";
  information.modules = (u32)(uptr)&module;
  information.module_count = 1;
  information.flags |= INFO_MODULES;
}

static void describe_memory(void) {
  information.lower = 636;
  for (u32 i = 0; i < range_count; i++) {
    map[i].size = sizeof(map[i]) - 4;
    map[i].start = ranges[i].start;
    map[i].length = ranges[i].size;
    map[i].type = ranges[i].type;
    if (ranges[i].type == RANGE_RAM && ranges[i].start == MIB) {
      information.upper = (u32)(ranges[i].size / KIB);
    }
  }
  information.map = (u32)(uptr)map;
  information.map_length = range_count * sizeof(map[0]);
  information.flags |= INFO_MEMORY | INFO_MAP;
}

void multiboot_start(const u8 *head) {
  const u8 *header = find_header(head);
  if (!header) {
    return;
  }
  u32 flags = le32(header + 4);
  if (flags & FLAG_UNKNOWN) {
    give_up("the multiboot header asks for what nobody has: flags %08x", flags);
  }
  u32 entry = load_kernel(header, (u32)(header - head), flags);
  load_module();
  describe_memory();
  information.flags |= INFO_COMMAND_LINE | INFO_NAME;
  information.command_line = (u32)(uptr)command_line;
  information.loader_name = (u32)(uptr) "bitterling";
  print("multiboot kernel, entry %08x, command line \"%s\"\n", entry, command_line);
  post(POST_LOADER_JUMP);
  start_multiboot(entry, &information);
}

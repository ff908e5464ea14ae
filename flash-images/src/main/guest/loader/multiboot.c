/* The Multiboot 1 protocol (version 0.6.96): ELF kernels and flat ones that say where they go. */
#include "loader.h"

#define MAGIC 0x1badb002u
#define BOOT_MAGIC 0x2badb002u
#define SEARCH 8192u
#define FLAG_UNKNOWN 0x0000fff8u /* requirements other than page-aligned modules, memory and video information */
#define FLAG_ADDRESSES 0x10000u

#define INFO_MEMORY 0x1u
#define INFO_COMMAND_LINE 0x4u
#define INFO_MODULES 0x8u
#define INFO_MAP 0x40u
#define INFO_NAME 0x200u

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
  for (u32 at = 0; at + 12 <= SEARCH && at + 12 <= kernel_file.bytes; at += 4) {
    if (le32(head + at) == MAGIC && le32(head + at) + le32(head + at + 4) + le32(head + at + 8) == 0) {
      return head + at;
    }
  }
  return NULL;
}

static u32 load_kernel(u32 header_offset, u32 flags) {
  const u8 *file = kernel_read();
  const u8 *header = file + header_offset;
  u32 base;
  if (flags & FLAG_ADDRESSES) {
    struct flat flat = {header_offset, le32(header + 12), le32(header + 16), le32(header + 20), le32(header + 24)};
    flat_load(file, &flat);
    return le32(header + 28);
  }
  if (!elf_is_kernel(file)) {
    give_up("a multiboot kernel without addresses in its header must be an ELF file");
  }
  return elf_load(file, NULL, &base);
}

static void load_module(void) {
  u32 at = module_load();
  if (!at) {
    return;
  }
  module.start = at;
  module.end = at + initrd_file.bytes;
  module.text = (u32)(uptr) "initrd";
  information.modules = (u32)(uptr)&module;
  information.module_count = 1;
  information.flags |= INFO_MODULES;
}

static void describe_memory(void) {
  information.lower = 636;
  information.upper = upper_kib();
  for (u32 i = 0; i < range_count; i++) {
    map[i].size = sizeof(map[i]) - 4;
    map[i].start = ranges[i].start;
    map[i].length = ranges[i].size;
    map[i].type = ranges[i].type;
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
  u32 entry = load_kernel((u32)(header - head), flags);
  load_module();
  describe_memory();
  information.flags |= INFO_COMMAND_LINE | INFO_NAME;
  information.command_line = (u32)(uptr)command_line;
  information.loader_name = (u32)(uptr) "bitterling";
  print("multiboot kernel, entry %08x, command line \"%s\"\n", entry, command_line);
  post(POST_LOADER_JUMP);
  start_multiboot(entry, &information, BOOT_MAGIC);
}

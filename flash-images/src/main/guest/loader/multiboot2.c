/* The Multiboot2 protocol (specification 2.0), 32-bit entry. */
#include "loader.h"

#define MAGIC 0xe85250d6u
#define BOOT_MAGIC 0x36d76289u
#define SEARCH 32768u
#define ARCHITECTURE_I386 0

/* Header tags. */
#define TAG_END 0
#define TAG_REQUEST 1
#define TAG_ADDRESS 2
#define TAG_ENTRY 3
#define TAG_CONSOLE 4
#define TAG_FRAMEBUFFER 5
#define TAG_MODULE_ALIGN 6
#define TAG_EFI_BOOT_SERVICES 7
#define TAG_EFI_ENTRY_32 8
#define TAG_EFI_ENTRY_64 9
#define TAG_RELOCATABLE 10
#define OPTIONAL 1

/* Information tags. */
#define INFO_COMMAND_LINE 1
#define INFO_LOADER_NAME 2
#define INFO_MODULE 3
#define INFO_MEMORY 4
#define INFO_MAP 6
#define INFO_RSDP_1 14
#define INFO_RSDP_2 15
#define INFO_LOAD_BASE 21

#define MAP_ENTRY 24u
#define RSDP_1_BYTES 20u
#define RSDP_2_BYTES 36u

struct kernel_header {
  const u8 *address, *entry, *relocatable; /* tags, NULL where there is none */
};

static u8 information[8192] __attribute__((aligned(8)));
static u32 used;

static u32 type_of(const u8 *tag) { return tag[0] | (u32)tag[1] << 8; }

static int is_optional(const u8 *tag) { return tag[2] & OPTIONAL; }

static const u8 *find_header(const u8 *head) {
  for (u32 at = 0; at + 16 <= SEARCH && at + 16 <= kernel_file.bytes; at += 8) {
    const u8 *h = head + at;
    if (le32(h) == MAGIC && le32(h) + le32(h + 4) + le32(h + 8) + le32(h + 12) == 0) {
      return h;
    }
  }
  return NULL;
}

static int is_given(u32 type) {
  switch (type) {
    case INFO_COMMAND_LINE:
    case INFO_LOADER_NAME:
    case INFO_MODULE:
    case INFO_MEMORY:
    case INFO_MAP:
    case INFO_RSDP_1:
    case INFO_RSDP_2:
    case INFO_LOAD_BASE:
      return 1;
    default:
      return 0;
  }
}

static void check_requests(const u8 *tag) {
  for (u32 at = 8; at + 4 <= le32(tag + 4); at += 4) {
    if (!is_given(le32(tag + at))) {
      give_up("the kernel asks for information of type %u, which nobody has", le32(tag + at));
    }
  }
}

static void read_tag(const u8 *tag, struct kernel_header *found) {
  switch (type_of(tag)) {
    case TAG_REQUEST:
      if (!is_optional(tag)) {
        check_requests(tag);
      }
      break;
    case TAG_ADDRESS:
      found->address = tag;
      break;
    case TAG_ENTRY:
      found->entry = tag;
      break;
    case TAG_RELOCATABLE:
      found->relocatable = tag;
      break;
    case TAG_CONSOLE:          /* wishes about a console that is not there */
    case TAG_FRAMEBUFFER:
    case TAG_MODULE_ALIGN:     /* always page-aligned */
    case TAG_EFI_BOOT_SERVICES: /* for loaders that run on EFI */
    case TAG_EFI_ENTRY_32:
    case TAG_EFI_ENTRY_64:
      break;
    default:
      if (!is_optional(tag)) {
        give_up("the multiboot2 header has a tag of type %u, which is not known", type_of(tag));
      }
  }
}

static void read_header(const u8 *header, struct kernel_header *found) {
  if (le32(header + 4) != ARCHITECTURE_I386) {
    give_up("the multiboot2 kernel is for architecture %u", le32(header + 4));
  }
  u32 length = le32(header + 8);
  for (u32 at = 16; at + 8 <= length;) {
    const u8 *tag = header + at;
    u32 size = le32(tag + 4);
    if (type_of(tag) == TAG_END) {
      return;
    }
    if (size < 8 || size > length - at) {
      give_up("the multiboot2 header has a tag of %u bytes at offset %x", size, at);
    }
    read_tag(tag, found);
    at += ALIGN_UP(size, 8u);
  }
}

/* Room for a tag; its contents are zero. */
static u8 *tag(u32 type, u32 size) {
  if (size > sizeof(information) - used - 16) {
    give_up("no room for the multiboot2 information");
  }
  u8 *at = information + used;
  memcpy(at, &type, 4);
  memcpy(at + 4, &size, 4);
  used += ALIGN_UP(size, 8u);
  return at + 8;
}

static void put32(u8 *at, u32 value) { memcpy(at, &value, 4); }

static void put64(u8 *at, u64 value) { memcpy(at, &value, 8); }

static u32 length_of(const char *text) {
  u32 length = 0;
  while (text[length]) {
    length++;
  }
  return length;
}

static void put_text(u32 type, const char *text) {
  u32 bytes = length_of(text) + 1;
  memcpy(tag(type, 8 + bytes), text, bytes);
}

static void put_module(void) {
  u32 at = module_load();
  if (at) {
    u8 *to = tag(INFO_MODULE, 16 + 7);
    put32(to, at);
    put32(to + 4, at + initrd_file.bytes);
    memcpy(to + 8, "initrd", 7);
  }
}

static void put_memory(void) {
  u8 *basic = tag(INFO_MEMORY, 16);
  put32(basic, 636);
  put32(basic + 4, upper_kib());
  u8 *map = tag(INFO_MAP, 16 + MAP_ENTRY * range_count);
  put32(map, MAP_ENTRY);
  for (u32 i = 0; i < range_count; i++) {
    u8 *entry = map + 8 + MAP_ENTRY * i;
    put64(entry, ranges[i].start);
    put64(entry + 8, ranges[i].size);
    put32(entry + 16, ranges[i].type);
  }
}

/* Revision 2 and later has the longer form too. */
static void put_rsdp(void) {
  if (!acpi_rsdp) {
    return;
  }
  const u8 *rsdp = (const u8 *)(uptr)acpi_rsdp;
  memcpy(tag(INFO_RSDP_1, 8 + RSDP_1_BYTES), rsdp, RSDP_1_BYTES);
  if (rsdp[15] >= 2) {
    memcpy(tag(INFO_RSDP_2, 8 + RSDP_2_BYTES), rsdp, RSDP_2_BYTES);
  }
}

static void describe(u32 base) {
  memset(information, 0, sizeof(information));
  used = 8;
  put_text(INFO_COMMAND_LINE, command_line);
  put_text(INFO_LOADER_NAME, "bitterling");
  put_module();
  put_memory();
  put_rsdp();
  put32(tag(INFO_LOAD_BASE, 12), base);
  tag(TAG_END, 8);
  put32(information, used);
}

static u32 load_flat(const u8 *file, u32 header_offset, const struct kernel_header *k, u32 *base) {
  const u8 *a = k->address;
  struct flat flat = {header_offset, le32(a + 8), le32(a + 12), le32(a + 16), le32(a + 20)};
  if (!k->entry) {
    give_up("the multiboot2 header has addresses and no entry");
  }
  flat_load(file, &flat);
  *base = flat.load;
  return le32(k->entry + 8);
}

static u32 load_elf(const u8 *file, const struct kernel_header *k, u32 *base) {
  if (!elf_is_kernel(file)) {
    give_up("a multiboot2 kernel without addresses in its header must be an ELF file");
  }
  struct placement placement = {0};
  if (k->relocatable) {
    placement.least = le32(k->relocatable + 8);
    placement.most = le32(k->relocatable + 12);
    placement.alignment = le32(k->relocatable + 16);
  }
  u32 wanted = elf_load(file, k->relocatable ? &placement : NULL, base);
  return k->entry ? le32(k->entry + 8) : wanted;
}

void multiboot2_start(const u8 *head) {
  const u8 *header = find_header(head);
  if (!header) {
    return;
  }
  struct kernel_header k = {0};
  const u8 *file = kernel_read();
  header = file + (header - head);
  if (le32(header + 8) > kernel_file.bytes - (u32)(header - file)) {
    give_up("the multiboot2 header is longer than the file");
  }
  read_header(header, &k);
  u32 base;
  u32 entry = k.address ? load_flat(file, (u32)(header - file), &k, &base) : load_elf(file, &k, &base);
  describe(base);
  print("multiboot2 kernel at %08x, entry %08x, command line \"%s\"\n", base, entry, command_line);
  post(POST_LOADER_JUMP);
  start_multiboot(entry, information, BOOT_MAGIC);
}

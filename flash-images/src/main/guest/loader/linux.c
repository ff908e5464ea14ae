/* The Linux/x86 boot protocol, 32-bit entry (Documentation/arch/x86/boot.rst, section "32-bit Boot Protocol"). */
#include "loader.h"

#define SETUP_SECTS 0x1f1
#define SETUP_HEADER 0x1f1
#define HEADER_JUMP 0x201
#define MAGIC 0x202
#define PROTOCOL 0x206
#define LOADER_TYPE 0x210
#define LOAD_FLAGS 0x211
#define CODE32_START 0x214
#define RAMDISK_IMAGE 0x218
#define RAMDISK_SIZE 0x21c
#define COMMAND_LINE 0x228
#define INITRD_MAX 0x22c
#define ALIGNMENT 0x230
#define RELOCATABLE 0x234
#define COMMAND_LINE_SIZE 0x238
#define PREFERRED 0x258
#define INIT_SIZE 0x260

#define PARAM_RSDP 0x70
#define PARAM_E820_COUNT 0x1e8
#define PARAM_E820 0x2d0
#define E820_ROOM 128u

#define LOADED_HIGH 1
#define UNDEFINED_LOADER 0xff
#define OLDEST 0x0205

static u8 params[PAGE] __attribute__((aligned(PAGE)));

static void set32(u32 at, u32 value) { memcpy(params + at, &value, 4); }

static void set64(u32 at, u64 value) { memcpy(params + at, &value, 8); }

static u32 protocol(const u8 *head) { return head[PROTOCOL] | (u32)head[PROTOCOL + 1] << 8; }

/* The address the kernel prefers, or the lowest it can be moved to. */
static u32 place(const u8 *head, u32 file_bytes) {
  u32 modern = protocol(head) >= 0x020a;
  u32 size = modern ? le32(head + INIT_SIZE) : file_bytes * 4;
  u32 wanted = modern ? (u32)le64(head + PREFERRED) : MIB;
  if (size < file_bytes) {
    size = file_bytes;
  }
  if (!memory_is_free(wanted, size) && head[RELOCATABLE]) {
    wanted = memory_lowest(size, MIB, le32(head + ALIGNMENT));
  }
  if (!wanted || !memory_is_free(wanted, size)) {
    give_up("no room for the kernel: it needs %x bytes", size);
  }
  memory_take(wanted, size);
  return wanted;
}

static void load_initrd(const u8 *head) {
  if (!initrd_file.bytes) {
    return;
  }
  u32 at = memory_highest(ALIGN_UP(initrd_file.bytes, SECTOR), (u64)le32(head + INITRD_MAX) + 1);
  if (!at) {
    give_up("no room for an initrd of %u bytes below %08x", initrd_file.bytes, le32(head + INITRD_MAX));
  }
  disk_read(&initrd_file, 0, initrd_file.bytes, at);
  memory_take(at, initrd_file.bytes);
  set32(RAMDISK_IMAGE, at);
  set32(RAMDISK_SIZE, initrd_file.bytes);
  print("initrd %08x-%08x\n", at, at + initrd_file.bytes);
}

static void fill_memory_map(void) {
  u8 *at = params + PARAM_E820;
  for (u32 i = 0; i < range_count && i < E820_ROOM; i++, at += 20) {
    memcpy(at, &ranges[i].start, 8);
    memcpy(at + 8, &ranges[i].size, 8);
    memcpy(at + 16, &ranges[i].type, 4);
  }
  params[PARAM_E820_COUNT] = (u8)range_count;
}

static void fill_header(const u8 *head, u32 kernel) {
  u32 end = MAGIC + head[HEADER_JUMP];
  memcpy(params + SETUP_HEADER, head + SETUP_HEADER, end - SETUP_HEADER);
  params[LOADER_TYPE] = UNDEFINED_LOADER;
  params[LOAD_FLAGS] |= LOADED_HIGH;
  set32(CODE32_START, kernel);
  u32 limit = protocol(head) >= 0x0206 ? le32(head + COMMAND_LINE_SIZE) : 255;
  if (strlen(command_line) > limit) {
    give_up("the command line has %u characters, this kernel takes %u", (u32)strlen(command_line), limit);
  }
  set32(COMMAND_LINE, (u32)(uptr)command_line);
  set64(PARAM_RSDP, acpi_rsdp);
}

void linux_start(const u8 *head) {
  if (memcmp(head + MAGIC, "HdrS", 4) != 0) {
    return;
  }
  if (protocol(head) < OLDEST || !(head[LOAD_FLAGS] & LOADED_HIGH)) {
    give_up("the kernel has boot protocol %x, expected a bzImage with %x or later", protocol(head), OLDEST);
  }
  u32 skip = ((head[SETUP_SECTS] ? head[SETUP_SECTS] : 4u) + 1) * SECTOR;
  if (skip >= kernel_file.bytes) {
    give_up("the kernel ends within its setup code");
  }
  u32 bytes = kernel_file.bytes - skip;
  u32 kernel = place(head, bytes);
  disk_read(&kernel_file, skip, bytes, kernel);
  print("Linux %08x-%08x, protocol %x\n", kernel, kernel + bytes, protocol(head));
  fill_header(head, kernel);
  load_initrd(head);
  fill_memory_map();
  print("command line \"%s\"\n", command_line);
  post(POST_LOADER_JUMP);
  start_linux(kernel, params);
}

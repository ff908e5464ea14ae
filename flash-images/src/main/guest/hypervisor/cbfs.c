#include "cbfs.h"

#define MASTER_POINTER 0xFFFFFFFCull
#define MASTER_MAGIC 0x4F524243 /* "ORBC" */
#define MASTER_SIZE 32
#define FILE_HEADER_SIZE 24
#define LARGEST_ROM (16 * MIB)

static bool name_is(const u8 *at, u64 room, const char *name) {
  for (u64 i = 0; i < room; i++) {
    if (at[i] != (u8)name[i]) {
      return false;
    }
    if (!name[i]) {
      return true;
    }
  }
  return false;
}

/* Start, end and alignment of the file area as memory addresses; false when the master header is not one. */
static bool read_master(u64 *start, u64 *end, u32 *align) {
  u64 at = *(const volatile u32 *)MASTER_POINTER;
  if (at < 4 * GIB - LARGEST_ROM || at > MASTER_POINTER - MASTER_SIZE || be32((const u8 *)at) != MASTER_MAGIC) {
    return false;
  }
  const u8 *master = (const u8 *)at;
  u32 rom_size = be32(master + 8);
  u32 boot_block = be32(master + 12);
  u32 offset = be32(master + 20);
  *align = be32(master + 16);
  if (rom_size > LARGEST_ROM || boot_block > rom_size || offset >= rom_size || *align == 0 || *align & (*align - 1)) {
    return false;
  }
  *start = 4 * GIB - rom_size + offset;
  *end = 4 * GIB - boot_block;
  return true;
}

enum cbfs_result cbfs_find(const char *name, struct cbfs_file *file) {
  u64 at, end;
  u32 align;
  if (!read_master(&at, &end, &align)) {
    return CBFS_NO_HEADER;
  }
  while (at + FILE_HEADER_SIZE < end) {
    const u8 *header = (const u8 *)at;
    if (memcmp(header, "LARCHIVE", 8)) {
      at += align;
      continue;
    }
    u32 length = be32(header + 8);
    u32 offset = be32(header + 20);
    if (offset < FILE_HEADER_SIZE || (u64)offset + length > end - at) {
      return CBFS_MISSING; /* damaged here: what follows cannot be trusted */
    }
    if (name_is(header + FILE_HEADER_SIZE, offset - FILE_HEADER_SIZE, name)) {
      *file = (struct cbfs_file){header + offset, length, be32(header + 12)};
      return CBFS_FOUND;
    }
    at = align_up(at + offset + length, align);
  }
  return CBFS_MISSING;
}

/* The file system of the flash, read through its memory map below 4 GiB. */
#ifndef HV_CBFS_H
#define HV_CBFS_H

#include "types.h"

struct cbfs_file {
  const u8 *data;
  u32 length;
  u32 type;
};

enum cbfs_result { CBFS_FOUND, CBFS_MISSING, CBFS_NO_HEADER };

enum cbfs_result cbfs_find(const char *name, struct cbfs_file *file);

static inline u32 be32(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }
static inline u64 be64(const u8 *at) { return (u64)be32(at) << 32 | be32(at + 4); }

#endif

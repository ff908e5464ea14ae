/* Fields of files, at any address. */
#ifndef GUEST_BYTE_ORDER_H
#define GUEST_BYTE_ORDER_H

#include "types.h"

static inline u32 be32(const void *at) {
  const u8 *b = at;
  return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static inline u64 be64(const void *at) { return (u64)be32(at) << 32 | be32((const u8 *)at + 4); }

static inline u32 le32(const void *at) {
  const u8 *b = at;
  return (u32)b[3] << 24 | (u32)b[2] << 16 | (u32)b[1] << 8 | b[0];
}

static inline u64 le64(const void *at) { return (u64)le32((const u8 *)at + 4) << 32 | le32(at); }

#endif

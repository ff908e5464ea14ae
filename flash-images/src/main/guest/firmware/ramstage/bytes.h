/* Appends little-endian fields to a table; stops with an error instead of writing past the room. */
#ifndef FW_BYTES_H
#define FW_BYTES_H

#include "ramstage.h"

struct bytes {
  u8 *start;
  u32 used;
  u32 room;
};

static inline u8 *bytes_take(struct bytes *b, u32 count) {
  if (count > b->room - b->used) {
    fatal(POST_ERROR_TABLES, "a table needs more than its %u bytes", b->room);
  }
  u8 *at = b->start + b->used;
  b->used += count;
  return at;
}

static inline void put(struct bytes *b, u64 value, u32 width) {
  u8 *at = bytes_take(b, width);
  for (u32 i = 0; i < width; i++) {
    at[i] = (u8)(value >> (8 * i));
  }
}

static inline void put8(struct bytes *b, u32 value) { put(b, value, 1); }
static inline void put16(struct bytes *b, u32 value) { put(b, value, 2); }
static inline void put32(struct bytes *b, u32 value) { put(b, value, 4); }
static inline void put64(struct bytes *b, u64 value) { put(b, value, 8); }

static inline void put_text(struct bytes *b, const char *text, u32 width) {
  u8 *at = bytes_take(b, width);
  u32 length = (u32)strlen(text);
  memset(at, ' ', width);
  memcpy(at, text, length < width ? length : width);
}

static inline void put_zeros(struct bytes *b, u32 count) { memset(bytes_take(b, count), 0, count); }

static inline void patch(struct bytes *b, u32 offset, u32 value, u32 width) {
  for (u32 i = 0; i < width; i++) {
    b->start[offset + i] = (u8)(value >> (8 * i));
  }
}

static inline void align(struct bytes *b, u32 to) {
  while (((u32)(uptr)b->start + b->used) % to) {
    put8(b, 0);
  }
}

#endif

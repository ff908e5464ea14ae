#include "decompress.h"

#define FRAME_MAGIC 0x184D2204u
#define FLAG_VERSION 0xC0
#define FLAG_VERSION_1 0x40
#define FLAG_BLOCK_CHECKSUM 0x10
#define FLAG_CONTENT_SIZE 0x08
#define FLAG_DICTIONARY 0x01
#define BLOCK_STORED 0x80000000u
#define SHORTEST_MATCH 4

struct output {
  u8 *start, *at, *end;
};

static u32 le32(const u8 *at) { return at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24; }

/* A length of 15 in the token goes on in further bytes, up to the first below 255. */
static bool read_length(const u8 **from, const u8 *end, u64 *length) {
  if (*length != 15) {
    return true;
  }
  while (*from < end) {
    u8 more = *(*from)++;
    *length += more;
    if (more != 255) {
      return true;
    }
  }
  return false;
}

static bool copy_match(struct output *out, u64 distance, u64 length) {
  if (distance == 0 || distance > (u64)(out->at - out->start) || length > (u64)(out->end - out->at)) {
    return false;
  }
  for (; length; length--, out->at++) {
    *out->at = out->at[-(int64_t)distance];
  }
  return true;
}

static bool copy_literals(struct output *out, const u8 **from, const u8 *end, u64 length) {
  if (length > (u64)(end - *from) || length > (u64)(out->end - out->at)) {
    return false;
  }
  memcpy(out->at, *from, length);
  out->at += length;
  *from += length;
  return true;
}

static bool unpack_block(struct output *out, const u8 *from, const u8 *end) {
  while (from < end) {
    u8 token = *from++;
    u64 literals = token >> 4;
    u64 match = token & 15;
    if (!read_length(&from, end, &literals) || !copy_literals(out, &from, end, literals)) {
      return false;
    }
    if (from == end) {
      return true; /* the last sequence has literals only */
    }
    if (end - from < 2) {
      return false;
    }
    u64 distance = from[0] | (u64)from[1] << 8;
    from += 2;
    if (!read_length(&from, end, &match) || !copy_match(out, distance, match + SHORTEST_MATCH)) {
      return false;
    }
  }
  return true;
}

/* Past the frame header; NULL when it is not one this reader knows. */
static const u8 *skip_header(const u8 *from, const u8 *end, u8 *flags) {
  if (end - from < 7 || le32(from) != FRAME_MAGIC) {
    return NULL;
  }
  *flags = from[4];
  if ((*flags & FLAG_VERSION) != FLAG_VERSION_1 || *flags & FLAG_DICTIONARY) {
    return NULL;
  }
  u64 length = 7 + (*flags & FLAG_CONTENT_SIZE ? 8 : 0);
  return length <= (u64)(end - from) ? from + length : NULL;
}

u64 lz4_unpack(u8 *to, u64 room, const u8 *from, u64 from_length) {
  const u8 *end = from + from_length;
  struct output out = {to, to, to + room};
  u8 flags = 0;
  from = skip_header(from, end, &flags);
  while (from && end - from >= 4) {
    u32 word = le32(from);
    from += 4;
    if (word == 0) {
      return (u64)(out.at - to);
    }
    u64 size = word & ~BLOCK_STORED;
    if (size > (u64)(end - from)) {
      return DECOMPRESS_ERROR;
    }
    const u8 *block_end = from + size;
    bool good = word & BLOCK_STORED ? copy_literals(&out, &from, block_end, size) : unpack_block(&out, from, block_end);
    if (!good) {
      return DECOMPRESS_ERROR;
    }
    u64 checksum = flags & FLAG_BLOCK_CHECKSUM ? 4 : 0;
    if (checksum > (u64)(end - block_end)) {
      return DECOMPRESS_ERROR;
    }
    from = block_end + checksum;
  }
  return DECOMPRESS_ERROR;
}

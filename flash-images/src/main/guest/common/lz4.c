/* LZ4 frames (magic 184D2204), blocks linked or independent, with the XXH32 checks the format offers. */
#include "lz4.h"

#include "byte_order.h"
#include "memory_functions.h"

#define FRAME_MAGIC 0x184d2204u
#define FLAG_INDEPENDENT 0x20
#define FLAG_BLOCK_CHECKSUM 0x10
#define FLAG_CONTENT_SIZE 0x08
#define FLAG_CONTENT_CHECKSUM 0x04
#define FLAG_DICTIONARY 0x01
#define BLOCK_STORED 0x80000000u

#define PRIME1 2654435761u
#define PRIME2 2246822519u
#define PRIME3 3266489917u
#define PRIME4 668265263u
#define PRIME5 374761393u

static u32 rotate(u32 value, u32 by) { return value << by | value >> (32 - by); }

static u32 lane(u32 accumulator, const u8 *at) { return rotate(accumulator + le32(at) * PRIME2, 13) * PRIME1; }

static u32 xxh32(const u8 *at, usize size) {
  const u8 *end = at + size;
  u32 h;
  if (size >= 16) {
    u32 v1 = PRIME1 + PRIME2;
    u32 v2 = PRIME2;
    u32 v3 = 0;
    u32 v4 = 0u - PRIME1;
    for (; end - at >= 16; at += 16) {
      v1 = lane(v1, at);
      v2 = lane(v2, at + 4);
      v3 = lane(v3, at + 8);
      v4 = lane(v4, at + 12);
    }
    h = rotate(v1, 1) + rotate(v2, 7) + rotate(v3, 12) + rotate(v4, 18);
  } else {
    h = PRIME5;
  }
  h += (u32)size;
  for (; end - at >= 4; at += 4) {
    h = rotate(h + le32(at) * PRIME3, 17) * PRIME4;
  }
  for (; at < end; at++) {
    h = rotate(h + *at * PRIME5, 11) * PRIME1;
  }
  h = (h ^ h >> 15) * PRIME2;
  h = (h ^ h >> 13) * PRIME3;
  return h ^ h >> 16;
}

/* Reads the extension bytes of a length whose nibble was 15. Returns 0 when the input ends or the sum is absurd. */
static int extend(const u8 **in, const u8 *end, usize *length) {
  u8 more;
  do {
    if (*in == end || *length > 0x40000000u) {
      return 0;
    }
    more = *(*in)++;
    *length += more;
  } while (more == 255);
  return 1;
}

/* One block: sequences of literals and matches. `start` is the first byte a match may reach. */
static const char *block(const u8 *in, const u8 *end, u8 *start, u8 **out, u8 *limit) {
  u8 *to = *out;
  while (in < end) {
    u32 token = *in++;
    usize literals = token >> 4;
    if (literals == 15 && !extend(&in, end, &literals)) {
      return "LZ4 block ends inside a length";
    }
    if (literals > (usize)(end - in)) {
      return "LZ4 block ends inside literals";
    }
    if (literals > (usize)(limit - to)) {
      return "LZ4 data is larger than its place";
    }
    memcpy(to, in, literals);
    to += literals;
    in += literals;
    if (in == end) {
      *out = to;
      return NULL;
    }
    if (end - in < 2) {
      return "LZ4 block ends inside a distance";
    }
    usize back = in[0] | (usize)in[1] << 8;
    in += 2;
    usize match = token & 15;
    if (match == 15 && !extend(&in, end, &match)) {
      return "LZ4 block ends inside a length";
    }
    match += 4;
    if (back == 0 || back > (usize)(to - start)) {
      return "LZ4 match reaches before the start of the data";
    }
    if (match > (usize)(limit - to)) {
      return "LZ4 data is larger than its place";
    }
    for (const u8 *from = to - back; match--;) {
      *to++ = *from++;
    }
  }
  return "LZ4 block does not end in literals";
}

const char *lz4_decode(const u8 *in, usize in_size, u8 *out, usize out_room, usize *out_size) {
  const u8 *end = in + in_size;
  u8 *to = out;
  *out_size = 0;
  if (in_size < 11 || le32(in) != FRAME_MAGIC || in[4] >> 6 != 1 || in[4] & FLAG_DICTIONARY) {
    return "LZ4 frame header is not valid";
  }
  u32 flags = in[4];
  usize header = 6 + (flags & FLAG_CONTENT_SIZE ? 8 : 0);
  if (in_size < header + 5 || in[header] != (u8)(xxh32(in + 4, header - 4) >> 8)) {
    return "LZ4 frame header checksum is wrong";
  }
  in += header + 1;
  for (;;) {
    if (end - in < 4) {
      return "LZ4 data ends too early";
    }
    u32 size = le32(in);
    in += 4;
    if (size == 0) {
      break;
    }
    u32 stored = size & BLOCK_STORED;
    size &= ~BLOCK_STORED;
    if (size > (usize)(end - in)) {
      return "LZ4 data ends too early";
    }
    if (stored) {
      if (size > (usize)(out + out_room - to)) {
        return "LZ4 data is larger than its place";
      }
      memcpy(to, in, size);
      to += size;
    } else {
      u8 *first = flags & FLAG_INDEPENDENT ? to : out;
      const char *problem = block(in, in + size, first, &to, out + out_room);
      if (problem) {
        return problem;
      }
    }
    if (flags & FLAG_BLOCK_CHECKSUM) {
      if ((usize)(end - in) - size < 4 || le32(in + size) != xxh32(in, size)) {
        return "LZ4 block checksum is wrong";
      }
      in += 4;
    }
    in += size;
  }
  *out_size = (usize)(to - out);
  if (flags & FLAG_CONTENT_CHECKSUM && (end - in < 4 || le32(in) != xxh32(out, *out_size))) {
    return "LZ4 content checksum is wrong";
  }
  return NULL;
}

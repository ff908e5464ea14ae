#include "self.h"

#include "byte_order.h"
#include "memory_functions.h"

#define SEGMENT_SIZE 28

const char *self_next(const struct cbfs_file *file, u32 *at, struct self_segment *segment) {
  while (*at <= file->length && file->length - *at >= SEGMENT_SIZE) {
    const u8 *row = file->data + *at;
    *at += SEGMENT_SIZE;
    *segment = (struct self_segment){
        be32(row), be32(row + 4), be32(row + 8), be64(row + 12), be32(row + 20), be32(row + 24),
    };
    switch (segment->type) {
      case SELF_CODE:
      case SELF_DATA:
      case SELF_BSS:
      case SELF_ENTRY:
        return NULL;
      case SELF_PARAMS:
        break;
      default:
        return "unknown segment type";
    }
  }
  *segment = (struct self_segment){0};
  return "the segment table has no entry";
}

const char *self_place(const struct cbfs_file *file, const struct self_segment *segment, u16 *probs) {
  u8 *to = (u8 *)(uptr)segment->load;
  u32 written = 0;
  if (segment->type != SELF_BSS) {
    if (segment->offset > file->length || segment->length > file->length - segment->offset) {
      return "its data lies outside the file";
    }
    const u8 *from = file->data + segment->offset;
    const char *problem =
        cbfs_expand(segment->compression, from, segment->length, to, segment->memory, probs, &written);
    if (problem) {
      return problem;
    }
  }
  memset(to + written, 0, segment->memory - written);
  return NULL;
}

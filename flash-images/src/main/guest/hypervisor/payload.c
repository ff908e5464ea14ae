/* SELF: what cbfstool makes of an ELF payload (type 20h): segment table, then the segments' data, big-endian. */
#include "payload.h"

#include "boot.h"
#include "cbfs.h"
#include "decompress.h"
#include "log.h"

#define CBFS_TYPE_SELF 0x20
#define SEGMENT_SIZE 28

#define SEGMENT_CODE 0x434F4445
#define SEGMENT_DATA 0x44415441
#define SEGMENT_BSS 0x42535320
#define SEGMENT_PARAMS 0x50415241
#define SEGMENT_ENTRY 0x454E5452

#define COMPRESSION_NONE 0
#define COMPRESSION_LZMA 1
#define COMPRESSION_LZ4 2

struct segment {
  u32 type, compression, offset;
  u64 load_address;
  u32 length, memory_length;
};

static struct segment read_segment(const u8 *at) {
  return (struct segment){be32(at), be32(at + 4), be32(at + 8), be64(at + 12), be32(at + 20), be32(at + 24)};
}

static _Noreturn void corrupt(const char *name, const struct segment *segment, const char *why) {
  hv_log("ERROR: CBFS file %s is damaged: segment type %08x, compression %u, address %X, %u bytes for %u: %s", name,
         segment->type, segment->compression, segment->load_address, segment->length, segment->memory_length, why);
  hv_stop(STOP_PAYLOAD_CORRUPT);
}

static u64 unpack(const struct segment *segment, const u8 *from) {
  u8 *to = (u8 *)segment->load_address;
  switch (segment->compression) {
    case COMPRESSION_NONE:
      if (segment->length > segment->memory_length) {
        return DECOMPRESS_ERROR;
      }
      memcpy(to, from, segment->length);
      return segment->length;
    case COMPRESSION_LZMA: return lzma_unpack(to, segment->memory_length, from, segment->length);
    case COMPRESSION_LZ4: return lz4_unpack(to, segment->memory_length, from, segment->length);
    default: return DECOMPRESS_ERROR;
  }
}

static void load_segment(const char *name, const struct cbfs_file *file, const struct segment *segment) {
  if (!guest_may_load(segment->load_address, segment->memory_length)) {
    corrupt(name, segment, "it is not to be loaded into guest RAM");
  }
  u8 *to = (u8 *)segment->load_address;
  if (segment->type == SEGMENT_BSS) {
    memset(to, 0, segment->memory_length);
    return;
  }
  if ((u64)segment->offset + segment->length > file->length) {
    corrupt(name, segment, "its data lies outside the file");
  }
  u64 unpacked = unpack(segment, file->data + segment->offset);
  if (unpacked == DECOMPRESS_ERROR) {
    corrupt(name, segment, "it cannot be unpacked");
  }
  memset(to + unpacked, 0, segment->memory_length - unpacked);
}

static u32 load_self(const char *name, const struct cbfs_file *file) {
  for (u32 at = 0; at + SEGMENT_SIZE <= file->length; at += SEGMENT_SIZE) {
    struct segment segment = read_segment(file->data + at);
    switch (segment.type) {
      case SEGMENT_CODE:
      case SEGMENT_DATA:
      case SEGMENT_BSS: load_segment(name, file, &segment); break;
      case SEGMENT_PARAMS: break;
      case SEGMENT_ENTRY:
        if (!guest_may_load(segment.load_address, 1)) {
          corrupt(name, &segment, "the entry is not in guest RAM");
        }
        return (u32)segment.load_address;
      default: corrupt(name, &segment, "unknown segment type");
    }
  }
  struct segment none = {0};
  corrupt(name, &none, "the segment table has no entry point");
}

u32 payload_load(const char *name) {
  struct cbfs_file file;
  enum cbfs_result result = cbfs_find(name, &file);
  if (result == CBFS_NO_HEADER) {
    hv_log("ERROR: the pointer at FFFFFFFC does not lead to a CBFS master header (\"ORBC\")");
    hv_stop(STOP_PAYLOAD_MISSING);
  }
  if (result == CBFS_MISSING) {
    hv_log("ERROR: CBFS file %s is missing: add the guest's program (SeaBIOS) to the flash image as this file", name);
    hv_stop(STOP_PAYLOAD_MISSING);
  }
  if (file.type != CBFS_TYPE_SELF) {
    hv_log("ERROR: CBFS file %s has type %x, expected 20 (payload)", name, file.type);
    hv_stop(STOP_PAYLOAD_CORRUPT);
  }
  return load_self(name, &file);
}

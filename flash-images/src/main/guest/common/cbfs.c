#include "cbfs.h"

#include "byte_order.h"
#include "lz4.h"
#include "lzma.h"
#include "memory_functions.h"
#include "sha256.h"

#define FLASH_END 0x100000000ull
#define HEADER_POINTER (FLASH_END - 4)
#define LARGEST_FLASH (16 * MIB)
#define HEADER_SIZE 32

#define HEADER_MAGIC 0x4f524243u /* "ORBC" */
#define FILE_HEADER 24
#define TAG_COMPRESSION 0x42435a4cu
#define TAG_HASH 0x68736148u
#define TAG_STAGE 0x53746748u
#define TAG_UNUSED 0
#define TAG_UNUSED2 0xffffffffu
#define HASH_SHA256 2

const char cbfs_missing[] = "not in CBFS";

const char *cbfs_open(struct cbfs *fs, const u8 *end, const u8 *header) {
  if (be32(header) != HEADER_MAGIC) {
    return "no CBFS master header where FFFFFFFC points";
  }
  u32 size = be32(header + 8);
  fs->alignment = be32(header + 16);
  fs->offset = be32(header + 20);
  if (size < FILE_HEADER || size > LARGEST_FLASH || fs->offset >= size) {
    return "CBFS master header has an impossible size or offset";
  }
  if (fs->alignment == 0 || fs->alignment > size || fs->alignment & (fs->alignment - 1)) {
    return "CBFS master header has an alignment that is no power of two";
  }
  fs->base = end - size;
  fs->size = size;
  return NULL;
}

const char *cbfs_open_mapped(struct cbfs *fs) {
  u32 header = *(const volatile u32 *)(uptr)HEADER_POINTER;
  if (header < FLASH_END - LARGEST_FLASH || header > FLASH_END - HEADER_SIZE) {
    return "FFFFFFFC does not hold an address in the flash for the CBFS header";
  }
  return cbfs_open(fs, (const u8 *)(uptr)FLASH_END, (const u8 *)(uptr)header);
}

/* Fills `file` from the header at `at`. False when its fields do not fit into the flash. */
static bool parse(const struct cbfs *fs, u32 at, struct cbfs_file *file) {
  const u8 *header = fs->base + at;
  u32 room = fs->size - at;
  u32 offset = be32(header + 20);
  u32 attributes = be32(header + 16);
  file->header = header;
  file->length = be32(header + 8);
  file->type = be32(header + 12);
  file->name = (const char *)header + FILE_HEADER;
  if (offset <= FILE_HEADER || offset > room || file->length > room - offset || attributes > offset ||
      (attributes && attributes < FILE_HEADER)) {
    return false;
  }
  u32 name_end = attributes ? attributes : offset;
  u32 i = FILE_HEADER;
  while (i < name_end && header[i]) {
    i++;
  }
  if (i == name_end) {
    return false;
  }
  file->data = header + offset;
  file->attributes = attributes;
  file->attributes_end = offset;
  return true;
}

const char *cbfs_find(const struct cbfs *fs, const char *name, struct cbfs_file *file) {
  u32 at = fs->offset;
  while (at < fs->size && fs->size - at > FILE_HEADER) {
    if (memcmp(fs->base + at, "LARCHIVE", 8) != 0) {
      /* A header may follow later after a gap: step on, as every CBFS reader does. */
      at += fs->alignment;
      continue;
    }
    if (!parse(fs, at, file)) {
      return "a CBFS file header has fields that do not fit into the flash";
    }
    if (strcmp(file->name, name) == 0 && file->type != 0 && file->type != 0xffffffffu) {
      return NULL;
    }
    at = ALIGN_UP(at + file->attributes_end + file->length, fs->alignment);
  }
  return cbfs_missing;
}

const u8 *cbfs_attribute(const struct cbfs_file *file, u32 tag, u32 *length) {
  u32 at = file->attributes;
  if (at == 0) {
    return NULL;
  }
  while (at + 8 <= file->attributes_end) {
    const u8 *attribute = file->header + at;
    u32 found = be32(attribute);
    u32 size = be32(attribute + 4);
    if (found == TAG_UNUSED || found == TAG_UNUSED2 || size < 8 || size > file->attributes_end - at) {
      return NULL;
    }
    if (found == tag) {
      *length = size;
      return attribute;
    }
    at += ALIGN_UP(size, 4);
  }
  return NULL;
}

const char *cbfs_verify(const struct cbfs_file *file) {
  u32 length;
  const u8 *attribute = cbfs_attribute(file, TAG_HASH, &length);
  if (!attribute || length < 12 + 32 || be32(attribute + 8) != HASH_SHA256) {
    return NULL;
  }
  u8 digest[32];
  sha256(file->data, file->length, digest);
  return memcmp(digest, attribute + 12, 32) == 0 ? NULL : "its SHA-256 differs from the hash attribute";
}

u32 cbfs_compression(const struct cbfs_file *file, u32 *expanded) {
  u32 length;
  const u8 *attribute = cbfs_attribute(file, TAG_COMPRESSION, &length);
  *expanded = file->length;
  if (!attribute || length < 16) {
    return CBFS_NONE;
  }
  *expanded = be32(attribute + 12);
  return be32(attribute + 8);
}

const char *cbfs_stage(const struct cbfs_file *file, struct cbfs_stage *stage) {
  u32 length;
  const u8 *attribute;
  if (file->type == CBFS_STAGE_LEGACY && file->length >= 28) {
    /* The old stage header is little endian: compression, entry, load, length, memory length. */
    stage->compression = le32(file->data);
    stage->entry = le32(file->data + 4);
    stage->load = le32(file->data + 12);
    stage->length = le32(file->data + 20);
    stage->memory_length = le32(file->data + 24);
    stage->data = file->data + 28;
    return stage->length <= file->length - 28 ? NULL : "stage is longer than its file";
  }
  if (file->type != CBFS_STAGE) {
    return "not a stage";
  }
  attribute = cbfs_attribute(file, TAG_STAGE, &length);
  if (!attribute || length < 24) {
    return "stage without a StgH attribute";
  }
  stage->load = (u32)be64(attribute + 8);
  stage->entry = stage->load + be32(attribute + 16);
  stage->memory_length = be32(attribute + 20);
  stage->data = file->data;
  stage->length = file->length;
  stage->compression = cbfs_compression(file, &length);
  return NULL;
}

const char *cbfs_expand(u32 compression, const u8 *data, u32 length, u8 *to, u32 room, u16 *probs, u32 *written) {
  usize size = 0;
  const char *problem = NULL;
  switch (compression) {
    case CBFS_NONE:
      if (length > room) {
        return "data is larger than its place";
      }
      memcpy(to, data, length);
      size = length;
      break;
    case CBFS_LZMA: {
      enum lzma_result result = lzma_decode(data, length, to, room, probs, &size);
      problem = result == LZMA_OK ? NULL : lzma_message(result);
      break;
    }
    case CBFS_LZ4:
      problem = lz4_decode(data, length, to, room, &size);
      break;
    default:
      return "unknown compression";
  }
  *written = (u32)size;
  return problem;
}

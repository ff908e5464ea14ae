/* Loads `fallback/payload` (SELF format) and starts it. */
#include "ramstage.h"

#define SEGMENT_SIZE 28
#define SEGMENT_CODE 0x434f4445u
#define SEGMENT_DATA 0x44415441u
#define SEGMENT_BSS 0x42535320u
#define SEGMENT_PARAMS 0x50415241u
#define SEGMENT_ENTRY 0x454e5452u

static const char NAME[] = "fallback/payload";
static u16 lzma_probs[LZMA_PROBS];

/* True when [base, base+size) is RAM a payload may have: not tables, not this program. */
static int may_load(u64 base, u32 size) {
  u64 end = base + size;
  u64 own_start = (uptr)ramstage_start;
  u64 own_end = (uptr)ramstage_end;
  if (base < own_end && end > own_start) {
    return 0;
  }
  if (base >= 0x1000 && end <= 0xa0000) {
    return 1;
  }
  return base >= 0xc0000 && end <= machine.cbmem_base;
}

static void load_segment(const struct cbfs_file *file, const u8 *segment) {
  u32 type = be32(segment);
  u32 compression = be32(segment + 4);
  u32 offset = be32(segment + 8);
  u64 load = be64(segment + 12);
  u32 length = be32(segment + 20);
  u32 memory = be32(segment + 24);
  if (!may_load(load, memory)) {
    fatal(POST_ERROR_PAYLOAD, "%s: segment %08L-%08L does not lie in free RAM (up to %08x)", NAME, load,
          load + memory, machine.cbmem_base);
  }
  u8 *to = (u8 *)(uptr)load;
  u32 written = 0;
  if (type != SEGMENT_BSS) {
    if (offset > file->length || length > file->length - offset) {
      fatal(POST_ERROR_PAYLOAD, "%s: segment at offset %x, length %x is outside the file (%x bytes)", NAME, offset,
            length, file->length);
    }
    if (compression == CBFS_LZMA) {
      timestamp(TS_START_ULZMA);
    }
    const char *problem = cbfs_expand(compression, file->data + offset, length, to, memory, lzma_probs, &written);
    if (compression == CBFS_LZMA) {
      timestamp(TS_END_ULZMA);
    }
    if (problem) {
      fatal(POST_ERROR_PAYLOAD, "%s: %s (segment for %08L)", NAME, problem, load);
    }
  }
  memset(to + written, 0, memory - written);
  print("payload %08L-%08L from %x bytes%s\n", load, load + memory, type == SEGMENT_BSS ? 0 : length,
        compression == CBFS_LZMA ? " LZMA" : compression == CBFS_LZ4 ? " LZ4" : "");
}

/* Loads all segments; returns the entry. */
static u32 load(const struct cbfs_file *file) {
  for (u32 at = 0; at + SEGMENT_SIZE <= file->length; at += SEGMENT_SIZE) {
    const u8 *segment = file->data + at;
    switch (be32(segment)) {
      case SEGMENT_ENTRY:
        return (u32)be64(segment + 12);
      case SEGMENT_CODE:
      case SEGMENT_DATA:
      case SEGMENT_BSS:
        load_segment(file, segment);
        break;
      case SEGMENT_PARAMS:
        break;
      default:
        fatal(POST_ERROR_PAYLOAD, "%s: unknown segment type %08x", NAME, be32(segment));
    }
  }
  fatal(POST_ERROR_PAYLOAD, "%s: no entry segment", NAME);
}

void run_payload(void) {
  struct cbfs_file file;
  const char *problem = cbfs_find(&machine.flash, NAME, &file);
  if (!problem && file.type != CBFS_SELF) {
    problem = "not a payload in SELF format";
  }
  if (!problem) {
    problem = cbfs_verify(&file);
  }
  if (problem) {
    fatal(POST_ERROR_PAYLOAD, "%s: %s", NAME, problem);
  }
  u32 entry = load(&file);
  print("jumping to payload at %08x\n", entry);
  timestamp(TS_SELFBOOT_JUMP);
  post(POST_PAYLOAD_JUMP);
  jump_to_payload(entry);
}

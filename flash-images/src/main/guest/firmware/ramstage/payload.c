/* Loads `fallback/payload` (SELF format) and starts it. */
#include "lzma.h"
#include "ramstage.h"
#include "self.h"

static const char NAME[] = "fallback/payload";
static u16 lzma_probs[LZMA_PROBS];

/* True when [base, base+size) is RAM a payload may have: not tables, not this program. */
static int may_load(u64 base, u32 size) {
  u64 end = base + size;
  u64 own_start = (uptr)ramstage_start;
  u64 own_end = (uptr)ramstage_end;
  if (end < base || (base < own_end && end > own_start)) {
    return 0;
  }
  if (base >= 0x1000 && end <= 0xa0000) {
    return 1;
  }
  return base >= 0xc0000 && end <= machine.cbmem_base;
}

static void load_segment(const struct cbfs_file *file, const struct self_segment *segment) {
  u64 end = segment->load + segment->memory;
  bool lzma = segment->compression == CBFS_LZMA && segment->type != SELF_BSS;
  if (!may_load(segment->load, segment->memory)) {
    fatal(POST_ERROR_PAYLOAD, "%s: segment %08L-%08L does not lie in free RAM (up to %08x)", NAME, segment->load, end,
          machine.cbmem_base);
  }
  if (lzma) {
    timestamp(TS_START_ULZMA);
  }
  const char *problem = self_place(file, segment, lzma_probs);
  if (lzma) {
    timestamp(TS_END_ULZMA);
  }
  if (problem) {
    fatal(POST_ERROR_PAYLOAD, "%s: %s (segment for %08L)", NAME, problem, segment->load);
  }
  print("payload %08L-%08L from %x bytes%s\n", segment->load, end, segment->type == SELF_BSS ? 0 : segment->length,
        lzma ? " LZMA" : segment->compression == CBFS_LZ4 ? " LZ4" : "");
}

/* Loads all segments; returns the entry. */
static u32 load(const struct cbfs_file *file) {
  struct self_segment segment;
  u32 at = 0;
  for (;;) {
    const char *problem = self_next(file, &at, &segment);
    if (problem) {
      fatal(POST_ERROR_PAYLOAD, "%s: %s (type %08x)", NAME, problem, segment.type);
    }
    if (segment.type == SELF_ENTRY) {
      break;
    }
    load_segment(file, &segment);
  }
  if (!may_load(segment.load, 1)) {
    fatal(POST_ERROR_PAYLOAD, "%s: entry %08L does not lie in free RAM", NAME, segment.load);
  }
  return (u32)segment.load;
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

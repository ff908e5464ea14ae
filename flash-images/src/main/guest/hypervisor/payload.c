/* Loads the guest's program, a payload of the flash image, where the guest may have it. */
#include "payload.h"

#include "boot_info.h"
#include "cbfs.h"
#include "log.h"
#include "lzma.h"
#include "self.h"

static u16 lzma_probs[LZMA_PROBS];

static _Noreturn void corrupt(const char *name, const struct self_segment *segment, const char *why) {
  hv_log("ERROR: CBFS file %s is damaged: segment type %08x, compression %u, address %X, %u bytes for %u: %s", name,
         segment->type, segment->compression, segment->load, segment->length, segment->memory, why);
  hv_stop(STOP_PAYLOAD_CORRUPT);
}

static u32 load_self(const char *name, const struct cbfs_file *file) {
  struct self_segment segment;
  u32 at = 0;
  for (;;) {
    const char *problem = self_next(file, &at, &segment);
    if (problem) {
      corrupt(name, &segment, problem);
    }
    if (segment.type == SELF_ENTRY) {
      break;
    }
    if (!guest_may_load(segment.load, segment.memory)) {
      corrupt(name, &segment, "it is not to be loaded into guest RAM");
    }
    problem = self_place(file, &segment, lzma_probs);
    if (problem) {
      corrupt(name, &segment, problem);
    }
  }
  if (!guest_may_load(segment.load, 1)) {
    corrupt(name, &segment, "the entry is not in guest RAM");
  }
  return (u32)segment.load;
}

/* The file, or an error line and the end. */
static void find(const char *name, struct cbfs_file *file) {
  struct cbfs flash;
  const char *problem = cbfs_open_mapped(&flash);
  if (problem) {
    hv_log("ERROR: %s", problem);
    hv_stop(STOP_PAYLOAD_MISSING);
  }
  problem = cbfs_find(&flash, name, file);
  if (problem == cbfs_missing) {
    hv_log("ERROR: CBFS file %s is missing: add the guest's program (SeaBIOS) to the flash image as this file", name);
    hv_stop(STOP_PAYLOAD_MISSING);
  }
  if (problem) {
    hv_log("ERROR: CBFS file %s cannot be found: %s", name, problem);
    hv_stop(STOP_PAYLOAD_MISSING);
  }
}

u32 payload_load(const char *name) {
  struct cbfs_file file;
  find(name, &file);
  if (file.type != CBFS_SELF) {
    hv_log("ERROR: CBFS file %s has type %x, expected 20 (payload)", name, file.type);
    hv_stop(STOP_PAYLOAD_CORRUPT);
  }
  const char *problem = cbfs_verify(&file);
  if (problem) {
    hv_log("ERROR: CBFS file %s is damaged: %s", name, problem);
    hv_stop(STOP_PAYLOAD_CORRUPT);
  }
  return load_self(name, &file);
}

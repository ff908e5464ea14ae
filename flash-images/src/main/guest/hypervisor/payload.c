/* Loads a VM's program, a payload of the flash image, where the VM may have it. */
#include "payload.h"

#include "cbfs.h"
#include "lock.h"
#include "log.h"
#include "lzma.h"
#include "self.h"

/* Working memory of the decoder: one core at a time. */
static u16 lzma_probs[LZMA_PROBS];
static struct lock lock;

static u32 corrupt(const char *name, const struct self_segment *segment, const char *why) {
  hv_log("ERROR: CBFS file %s is damaged: segment type %08x, compression %u, address %X, %u bytes for %u: %s", name,
         segment->type, segment->compression, segment->load, segment->length, segment->memory, why);
  return STOP_PAYLOAD_CORRUPT;
}

static const char *place(const struct vm *vm, const struct cbfs_file *file, struct self_segment *segment) {
  void *at = vm_loads_at(vm, segment->load, segment->memory);
  if (!at) {
    return "it is not to be loaded into guest RAM";
  }
  segment->load = (u64)at;
  return self_place(file, segment, lzma_probs);
}

static u32 load_self(const struct vm *vm, const struct cbfs_file *file, u32 *entry) {
  const char *name = vm->config->payload;
  struct self_segment segment;
  u32 at = 0;
  for (;;) {
    const char *problem = self_next(file, &at, &segment);
    if (!problem && segment.type == SELF_ENTRY) {
      break;
    }
    problem = problem ? problem : place(vm, file, &segment);
    if (problem) {
      return corrupt(name, &segment, problem);
    }
  }
  *entry = (u32)segment.load;
  return vm_loads_at(vm, segment.load, 1) ? 0 : corrupt(name, &segment, "the entry is not in guest RAM");
}

/* 0, or after an error line the code to stop with. */
static u32 find(const char *name, struct cbfs_file *file) {
  struct cbfs flash;
  const char *problem = cbfs_open_mapped(&flash);
  if (problem) {
    hv_log("ERROR: %s", problem);
    return STOP_PAYLOAD_MISSING;
  }
  problem = cbfs_find(&flash, name, file);
  if (problem == cbfs_missing) {
    hv_log("ERROR: CBFS file %s is missing: add the guest's program (SeaBIOS) to the flash image as this file", name);
    return STOP_PAYLOAD_MISSING;
  }
  if (problem) {
    hv_log("ERROR: CBFS file %s cannot be found: %s", name, problem);
    return STOP_PAYLOAD_MISSING;
  }
  return 0;
}

static u32 check(const char *name, const struct cbfs_file *file) {
  if (file->type != CBFS_SELF) {
    hv_log("ERROR: CBFS file %s has type %x, expected 20 (payload)", name, file->type);
    return STOP_PAYLOAD_CORRUPT;
  }
  const char *problem = cbfs_verify(file);
  if (problem) {
    hv_log("ERROR: CBFS file %s is damaged: %s", name, problem);
    return STOP_PAYLOAD_CORRUPT;
  }
  return 0;
}

u32 payload_load(const struct vm *vm, u32 *entry) {
  const char *name = vm->config->payload;
  struct cbfs_file file;
  u32 stop = find(name, &file);
  stop = stop ? stop : check(name, &file);
  if (stop) {
    return stop;
  }
  lock_acquire(&lock);
  stop = load_self(vm, &file, entry);
  lock_release(&lock);
  return stop;
}

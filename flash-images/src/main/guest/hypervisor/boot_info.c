#include "boot_info.h"

extern char __image_end[];

struct boot_info boot_info = {.usable_end = 0};

/* The highest RAM range below 4 GiB with room for the block and the shared pages, away from the loaded image. */
bool boot_info_choose(u64 extra) {
  u32 count = 0;
  const struct lb_memory_range *range = coreboot_memory(&boot_info.table, &count);
  for (u32 i = 0; range && i < count; i++, range++) {
    u64 start = range->start;
    u64 end = range->start + range->size;
    if (range->type != LB_MEM_RAM) {
      continue;
    }
    if (end > 4 * GIB) {
      boot_info.high_ram_end = end > boot_info.high_ram_end ? end : boot_info.high_ram_end;
      continue;
    }
    boot_info.low_ram_end = end > boot_info.low_ram_end ? end : boot_info.low_ram_end;
    u64 size = HV_MEMORY_SIZE + extra;
    u64 base = ALIGN_DOWN(end, LARGE_PAGE) - size;
    bool fits = end >= size + 2 * MIB && base >= ALIGN_UP((u64)__image_end, LARGE_PAGE) && base >= start + SHARED_SIZE;
    if (fits && end > boot_info.usable_end) {
      boot_info.usable_start = start;
      boot_info.usable_end = end;
      hidden_base = base;
      hv_memory_base = base + extra;
    }
  }
  boot_info.shared_base = hidden_base - SHARED_SIZE;
  return boot_info.usable_end != 0;
}

#include "memory.h"

#include "lock.h"
#include "log.h"
#include "memory_functions.h"

u64 hv_memory_base;
u64 hidden_base;

static u64 next_page;
static u64 end_page;
static struct lock arena_lock;

void arena_init(u64 start, u64 end) {
  next_page = ALIGN_UP(start, PAGE);
  end_page = end;
}

void *arena_pages(u64 count) {
  lock_acquire(&arena_lock);
  u64 page = next_page;
  if (page + count * PAGE > end_page) {
    lock_release(&arena_lock);
    hv_log("ERROR: %U pages wanted, %U left of the hypervisor's %U KiB", count, (end_page - page) / PAGE,
           HV_MEMORY_SIZE / KIB);
    hv_stop(STOP_NO_MEMORY);
  }
  next_page += count * PAGE;
  lock_release(&arena_lock);
  return memset((void *)page, 0, count * PAGE);
}

u64 arena_free_pages(void) { return (end_page - next_page) / PAGE; }

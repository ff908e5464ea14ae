#include "ept.h"

#include "cpu.h"
#include "lock.h"
#include "memory.h"
#include "mtrr.h"

#define EPT_ALL 0x7ull
#define EPT_LARGE 0x80ull
#define EPT_ADDRESS 0xFFFFFFFFFF000ull
#define EPT_TYPE_SHIFT 3
#define EPTP_WRITE_BACK 6ull
#define EPTP_WALK4 (3ull << 3)

/* Demand mapping above RAM may use this many tables before it refuses. */
#define DEMAND_TABLES 32

static u64 *root;
static u64 address_space;
static u32 demand_tables = DEMAND_TABLES;
static struct lock ept_lock;

u64 ept_pointer(void) { return (u64)root | EPTP_WALK4 | EPTP_WRITE_BACK; }

static u64 leaf(u64 address) { return address | EPT_ALL | (u64)mtrr_type(address) << EPT_TYPE_SHIFT; }

static u64 *table_at(u64 *entry) {
  if (!(*entry & EPT_ALL)) {
    *entry = (u64)arena_pages(1) | EPT_ALL;
  }
  return (u64 *)(*entry & EPT_ADDRESS);
}

static u64 *directory_of(u64 address) {
  u64 *pdpt = table_at(&root[address >> 39 & 511]);
  return table_at(&pdpt[address >> 30 & 511]);
}

static void map_split(u64 *entry, u64 base) {
  u64 *table = table_at(entry);
  for (u32 i = 0; i < 512; i++) {
    u64 address = base + i * PAGE;
    table[i] = in_hv_memory(address, PAGE) ? 0 : leaf(address);
  }
}

static void map_large(u64 base) {
  u64 *entry = &directory_of(base)[base >> 21 & 511];
  if (in_hv_memory(base, LARGE_PAGE)) {
    return; /* the block is 2 MiB, aligned: the entry stays empty */
  }
  if (mtrr_uniform(base)) {
    *entry = leaf(base) | EPT_LARGE;
  } else {
    map_split(entry, base);
  }
}

void ept_build(u64 end) {
  u32 bits = cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xFF : 36;
  address_space = 1ull << (bits < 48 ? bits : 47);
  mtrr_read();
  root = arena_pages(1);
  for (u64 base = 0; base < end; base += LARGE_PAGE) {
    map_large(base);
  }
}

bool ept_map_on_demand(u64 address) {
  u64 base = ALIGN_DOWN(address, LARGE_PAGE);
  if (address >= address_space || in_hv_memory(base, LARGE_PAGE)) {
    return false;
  }
  lock_acquire(&ept_lock);
  bool repeat = false;
  if (demand_tables >= 3) { /* one mapping needs three tables at most */
    u64 before = arena_free_pages();
    /* Another core may have mapped it meanwhile: then the access succeeds when repeated. */
    if (!(directory_of(base)[base >> 21 & 511] & EPT_ALL)) {
      map_large(base);
    }
    demand_tables -= (u32)(before - arena_free_pages());
    repeat = true;
  }
  lock_release(&ept_lock);
  return repeat;
}

#include "ept.h"

#include "cpu.h"
#include "lock.h"
#include "memory.h"
#include "mtrr.h"
#include "vm.h"

#define EPT_ALL 0x7ull
#define EPT_READ_WRITE 0x3ull
#define EPT_LARGE 0x80ull
#define EPT_ADDRESS 0xFFFFFFFFFF000ull
#define EPT_TYPE_SHIFT 3
#define EPT_WRITE_BACK (6ull << EPT_TYPE_SHIFT)
#define EPTP_WRITE_BACK 6ull
#define EPTP_WALK4 (3ull << 3)

/* Demand mapping above RAM may use this many tables before it refuses. */
#define DEMAND_TABLES 32

static u64 address_space;
static struct lock ept_lock;

u64 ept_pointer(const struct ept *ept) { return (u64)ept->root | EPTP_WALK4 | EPTP_WRITE_BACK; }

static u64 leaf(u64 address) { return address | EPT_ALL | (u64)mtrr_type(address) << EPT_TYPE_SHIFT; }

static u64 *table_at(u64 *entry) {
  if (!(*entry & EPT_ALL)) {
    *entry = (u64)arena_pages(1) | EPT_ALL;
  }
  return (u64 *)(*entry & EPT_ADDRESS);
}

static u64 *directory_of(struct ept *ept, u64 address) {
  u64 *pdpt = table_at(&ept->root[address >> 39 & 511]);
  return table_at(&pdpt[address >> 30 & 511]);
}

static void map_split(u64 *entry, u64 base) {
  u64 *table = table_at(entry);
  for (u32 i = 0; i < 512; i++) {
    u64 address = base + i * PAGE;
    table[i] = in_hidden(address, PAGE) || vm_of_mmio(address) ? 0 : leaf(address);
  }
}

static bool has_cell_registers(u64 base) {
  for (u64 page = base; config.count > 1 && page < base + LARGE_PAGE; page += PAGE) {
    if (vm_of_mmio(page)) {
      return true;
    }
  }
  return false;
}

static void map_large(struct ept *ept, u64 base) {
  u64 *entry = &directory_of(ept, base)[base >> 21 & 511];
  if (in_hidden(base, LARGE_PAGE)) {
    return; /* hidden memory is whole 2 MiB: the entry stays empty */
  }
  if (mtrr_uniform(base) && !has_cell_registers(base)) {
    *entry = leaf(base) | EPT_LARGE;
  } else {
    map_split(entry, base);
  }
}

void ept_build(struct ept *ept, u64 end) {
  u32 bits = cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xFF : 36;
  address_space = 1ull << (bits < 48 ? bits : 47);
  mtrr_read();
  ept->root = arena_pages(1);
  ept->demand_tables = DEMAND_TABLES;
  for (u64 base = 0; base < end; base += LARGE_PAGE) {
    map_large(ept, base);
  }
}

void ept_build_cell(struct ept *ept, u64 base, u64 size, const struct config_ranges *mmio) {
  ept->root = arena_pages(1);
  for (u64 address = 0; address < size; address += LARGE_PAGE) {
    directory_of(ept, address)[address >> 21 & 511] = (base + address) | EPT_ALL | EPT_LARGE | EPT_WRITE_BACK;
  }
  for (u32 i = 0; i < mmio->count; i++) {
    for (u64 page = mmio->range[i].first; page < mmio->range[i].last; page += PAGE) {
      u64 *entry = &directory_of(ept, page)[page >> 21 & 511];
      table_at(entry)[page >> 12 & 511] = page | EPT_READ_WRITE; /* uncached */
    }
  }
}

bool ept_map_on_demand(struct ept *ept, u64 address) {
  u64 base = ALIGN_DOWN(address, LARGE_PAGE);
  if (address >= address_space || in_hidden(base, LARGE_PAGE) || vm_of_mmio(ALIGN_DOWN(address, PAGE))) {
    return false;
  }
  lock_acquire(&ept_lock);
  bool repeat = false;
  if (ept->demand_tables >= 3) { /* one mapping needs three tables at most */
    u64 before = arena_free_pages();
    /* Another core may have mapped it meanwhile: then the access succeeds when repeated. */
    if (!(directory_of(ept, base)[base >> 21 & 511] & EPT_ALL)) {
      map_large(ept, base);
    }
    ept->demand_tables -= (u32)(before - arena_free_pages());
    repeat = true;
  }
  lock_release(&ept_lock);
  return repeat;
}

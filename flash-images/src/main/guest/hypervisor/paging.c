#include "paging.h"

#include "cpu.h"
#include "layout.h"
#include "memory.h"

#define PTE_PRESENT 0x1ull
#define PTE_WRITE 0x2ull
#define PTE_WRITE_THROUGH 0x8ull
#define PTE_CACHE_DISABLE 0x10ull
#define PTE_LARGE 0x80ull
#define PTE_NX (1ull << 63)

#define FLASH_WINDOW 0xFF800000ull

extern const char __image_start[], __rodata_start[], __data_start[];

static u64 *root;

u64 paging_root(void) { return (u64)root; }

static u64 large_page(u64 address, u64 uncached_from) {
  u64 entry = address | PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_NX;
  if (address >= uncached_from && address < FLASH_WINDOW) {
    entry |= PTE_WRITE_THROUGH | PTE_CACHE_DISABLE;
  }
  return entry;
}

static u64 own_page(u64 address) {
  u64 entry = address | PTE_PRESENT;
  if (address >= (u64)__image_start && address < (u64)__rodata_start) {
    return entry;
  }
  if (address >= (u64)__rodata_start && address < (u64)__data_start) {
    return entry | PTE_NX;
  }
  return entry | PTE_WRITE | PTE_NX;
}

/* The trampoline runs with these tables too, from its page below 1 MiB: that page must be executable. */
static u64 *split(u64 base, u64 executable_page) {
  u64 *table = arena_pages(1);
  for (u32 i = 0; i < 512; i++) {
    u64 address = base + i * PAGE;
    if (in_hv_memory(address, PAGE)) {
      table[i] = own_page(address);
    } else {
      table[i] = address | PTE_PRESENT | PTE_WRITE | (address == executable_page ? 0 : PTE_NX);
    }
  }
  return table;
}

void paging_build(u64 uncached_from) {
  root = arena_pages(1);
  u64 *pdpt = arena_pages(1);
  root[0] = (u64)pdpt | PTE_PRESENT | PTE_WRITE;
  for (u32 gib = 0; gib < 4; gib++) {
    u64 *directory = arena_pages(1);
    pdpt[gib] = (u64)directory | PTE_PRESENT | PTE_WRITE;
    for (u32 i = 0; i < 512; i++) {
      u64 address = gib * GIB + i * LARGE_PAGE;
      if (address == 0 || address == hv_memory_base) {
        directory[i] = (u64)split(address, TRAMPOLINE_BASE) | PTE_PRESENT | PTE_WRITE;
      } else {
        directory[i] = large_page(address, uncached_from);
      }
    }
  }
  wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
  write_cr3((u64)root);
  write_cr0(read_cr0() | CR0_WP);
}

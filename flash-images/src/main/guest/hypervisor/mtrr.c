#include "mtrr.h"

#include "cpu.h"
#include "memory_functions.h"

#define DEF_TYPE_ENABLE 0x800ull
#define DEF_TYPE_FIXED 0x400ull
#define CAP_FIXED 0x100ull
#define MASK_VALID 0x800ull
#define MAX_VARIABLE 32
#define ADDRESS_BITS 0xFFFFFFFFFF000ull

struct variable_range {
  u64 base, mask;
  u32 type;
};

static bool enabled, fixed_enabled;
static u32 default_type;
static u8 fixed_types[88]; /* 8 of 64 KiB, 16 of 16 KiB, 64 of 4 KiB */
static struct variable_range ranges[MAX_VARIABLE];
static u32 range_count;

static void read_fixed(void) {
  static const u32 msrs[] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F};
  for (u32 i = 0; i < COUNT(msrs); i++) {
    u64 value = rdmsr(msrs[i]);
    memcpy(&fixed_types[8 * i], &value, 8);
  }
}

void mtrr_read(void) {
  u64 capability = rdmsr(MSR_MTRR_CAP);
  u64 def_type = rdmsr(MSR_MTRR_DEF_TYPE);
  enabled = def_type & DEF_TYPE_ENABLE;
  fixed_enabled = enabled && def_type & DEF_TYPE_FIXED && capability & CAP_FIXED;
  default_type = def_type & 0xFF;
  if (fixed_enabled) {
    read_fixed();
  }
  for (u32 i = 0; enabled && i < (capability & 0xFF) && range_count < MAX_VARIABLE; i++) {
    u64 base = rdmsr(0x200 + 2 * i);
    u64 mask = rdmsr(0x201 + 2 * i);
    if (mask & MASK_VALID) {
      ranges[range_count++] = (struct variable_range){base & ADDRESS_BITS, mask & ADDRESS_BITS, base & 0xFF};
    }
  }
}

static u32 fixed_type(u64 address) {
  if (address < 0x80000) {
    return fixed_types[address >> 16];
  }
  if (address < 0xC0000) {
    return fixed_types[8 + ((address - 0x80000) >> 14)];
  }
  return fixed_types[24 + ((address - 0xC0000) >> 12)];
}

/* Overlaps: UC wins, WT wins over WB; other mixes are undefined by the SDM and become UC here. */
static u32 combine(u32 a, u32 b) {
  if (a == b) {
    return a;
  }
  bool write_back_and_through = (a == TYPE_WB && b == TYPE_WT) || (a == TYPE_WT && b == TYPE_WB);
  return write_back_and_through ? TYPE_WT : TYPE_UC;
}

u32 mtrr_type(u64 address) {
  if (!enabled) {
    return TYPE_UC;
  }
  if (fixed_enabled && address < MIB) {
    return fixed_type(address);
  }
  u32 type = ~0u;
  for (u32 i = 0; i < range_count; i++) {
    if (((address ^ ranges[i].base) & ranges[i].mask) == 0) {
      type = type == ~0u ? ranges[i].type : combine(type, ranges[i].type);
    }
  }
  return type == ~0u ? default_type : type;
}

bool mtrr_uniform(u64 address) {
  if (fixed_enabled && address < MIB) {
    return false;
  }
  for (u32 i = 0; i < range_count; i++) {
    bool cuts_pages = ranges[i].mask & (LARGE_PAGE - 1);
    u64 above = ranges[i].mask & ~(LARGE_PAGE - 1);
    if (cuts_pages && ((address ^ ranges[i].base) & above) == 0) {
      return false;
    }
  }
  return true;
}

#include "checksum.h"
#include "lb_tables.h"
#include "loader.h"

#define HEADER_SIZE 24
#define FORWARD_LIMIT 4
#define MAX_TAKEN 32

struct range ranges[MAX_RANGES];
u32 range_count;
u64 acpi_rsdp;

static struct {
  u32 start;
  u32 end;
} taken[MAX_TAKEN];
static u32 taken_count;

static int is_table(const u8 *at) {
  return memcmp(at, "LBIO", 4) == 0 && le32(at + 4) == HEADER_SIZE && checksum_ip(at, HEADER_SIZE) == 0 &&
         le32(at + 12) < MIB && checksum_ip(at + HEADER_SIZE, le32(at + 12)) == (le32(at + 16) & 0xffff);
}

static const u8 *scan(u32 from, u32 to) {
  for (u32 at = from; at < to; at += 16) {
    if (is_table((const u8 *)(uptr)at)) {
      return (const u8 *)(uptr)at;
    }
  }
  return NULL;
}

static const u8 *record(const u8 *table, u32 tag) {
  const u8 *at = table + HEADER_SIZE;
  const u8 *end = at + le32(table + 12);
  while (at + 8 <= end && le32(at + 4) >= 8) {
    if (le32(at) == tag) {
      return at;
    }
    at += le32(at + 4);
  }
  return NULL;
}

static const u8 *find_table(void) {
  const u8 *table = scan(0x10, PAGE);
  if (!table) {
    table = scan(0xf0000, 0x100000);
  }
  for (u32 i = 0; table && i < FORWARD_LIMIT; i++) {
    const u8 *forward = record(table, LB_TAG_FORWARD);
    if (!forward) {
      return table;
    }
    table = (const u8 *)(uptr)le64(forward + 8);
    if (!is_table(table)) {
      break;
    }
  }
  give_up("no coreboot table with right checksums at 0-FFF or F0000-FFFFF");
}

static void add_range(u64 start, u64 size, u32 type) {
  if (range_count == MAX_RANGES) {
    give_up("more than %u memory ranges", MAX_RANGES);
  }
  ranges[range_count].start = start;
  ranges[range_count].size = size;
  ranges[range_count].type = type;
  range_count++;
}

void memory_find(void) {
  const u8 *table = find_table();
  const u8 *memory = record(table, LB_TAG_MEMORY);
  if (!memory) {
    give_up("the coreboot table at %08x has no memory map", (u32)(uptr)table);
  }
  for (const u8 *at = memory + 8; at + 20 <= memory + le32(memory + 4); at += 20) {
    add_range(le64(at), le64(at + 8), le32(at + 16) == LB_MEM_RAM ? RANGE_RAM : RANGE_RESERVED);
  }
  const u8 *rsdp = record(table, LB_TAG_ACPI_RSDP);
  acpi_rsdp = rsdp ? le64(rsdp + 8) : 0;
}

/* The start of whatever taken block overlaps, 0 when none does. */
static u32 overlap(u64 start, u64 end, u32 *overlap_end) {
  for (u32 i = 0; i < taken_count; i++) {
    if (start < taken[i].end && end > taken[i].start) {
      *overlap_end = taken[i].end;
      return taken[i].start;
    }
  }
  return 0;
}

static int is_ram(u64 start, u64 end) {
  for (u32 i = 0; i < range_count; i++) {
    const struct range *r = &ranges[i];
    if (r->type == RANGE_RAM && start >= r->start && end <= r->start + r->size) {
      return start >= MIB && end <= 1ull << 32;
    }
  }
  return 0;
}

int memory_is_free(u64 start, u64 size) {
  u32 ignored;
  return is_ram(start, start + size) && !overlap(start, start + size, &ignored);
}

u32 memory_highest(u32 size, u64 limit) {
  u32 best = 0;
  for (u32 i = 0; i < range_count; i++) {
    u64 end = ranges[i].start + ranges[i].size;
    end = end < limit ? end : limit;
    while (end >= size && ranges[i].type == RANGE_RAM) {
      u64 start = (end - size) & ~(u64)(PAGE - 1);
      u32 ignored;
      u32 in_the_way = overlap(start, start + size, &ignored);
      if (!in_the_way || start < ranges[i].start) {
        if (is_ram(start, start + size) && start > best) {
          best = (u32)start;
        }
        break;
      }
      end = in_the_way;
    }
  }
  return best;
}

u32 memory_lowest(u32 size, u32 from, u32 alignment) {
  u64 best = 0;
  for (u32 i = 0; i < range_count; i++) {
    if (ranges[i].type != RANGE_RAM) {
      continue;
    }
    u64 start = ranges[i].start < from ? from : ranges[i].start;
    u64 end = ranges[i].start + ranges[i].size;
    start = ALIGN_UP(start, (u64)alignment);
    u32 next;
    while (start + size <= end && overlap(start, start + size, &next)) {
      start = ALIGN_UP((u64)next, (u64)alignment);
    }
    if (start + size <= end && is_ram(start, start + size) && (!best || start < best)) {
      best = start;
    }
  }
  return (u32)best;
}

void memory_take(u32 start, u32 size) {
  if (taken_count == MAX_TAKEN) {
    give_up("more than %u blocks of memory in use", MAX_TAKEN);
  }
  taken[taken_count].start = start;
  taken[taken_count].end = start + size;
  taken_count++;
}

/* The coreboot table as the hypervisor rewrote it, and the memory it hides. */
#include "check.h"

#define TAG_MEMORY 1
#define TAG_FORWARD 0x11
#define TYPE_RAM 1
#define TYPE_RESERVED 2
#define HIDDEN_SIZE 0x200000u

struct header {
  char signature[4];
  u32 header_bytes, header_checksum, table_bytes, table_checksum, entries;
};

struct range {
  u32 start, start_high, size, size_high, type;
};

static u16 sum(const u8 *bytes, u32 length) {
  u32 total = 0;
  for (u32 i = 0; i < length; i++) {
    total += i & 1 ? (u32)bytes[i] << 8 : bytes[i];
    total = (total & 0xFFFF) + (total >> 16);
  }
  return (u16)~total;
}

static const struct header *find_header(void) {
  for (u32 at = 16; at < 0x1000; at += 16) {
    if (*(volatile u32 *)at == 0x4F49424C) {
      return (const struct header *)at;
    }
  }
  return NULL;
}

static const u32 *find_record(const struct header *header, u32 tag) {
  const u8 *at = (const u8 *)(header + 1);
  for (u32 i = 0; i < header->entries; i++) {
    const u32 *record = (const u32 *)at;
    if (record[0] == tag) {
      return record;
    }
    at += record[1];
  }
  return NULL;
}

static void check_sums(const struct header *header) {
  check("coreboot table: header checksum", sum((const u8 *)header, sizeof(*header)), 0);
  check("coreboot table: table checksum", sum((const u8 *)(header + 1), header->table_bytes), header->table_checksum);
}

/* The highest reserved range of the hidden block's size below 4 GiB. */
static u32 find_hidden(const u32 *memory) {
  const struct range *range = (const struct range *)(memory + 2);
  u32 hidden = 0;
  for (u32 left = memory[1] - 8; left >= sizeof(*range); left -= sizeof(*range), range++) {
    bool match = range->type == TYPE_RESERVED && range->size == HIDDEN_SIZE && !range->start_high && !range->size_high;
    if (match && !(range->start & (HIDDEN_SIZE - 1))) {
      hidden = range->start;
    }
  }
  return hidden;
}

static bool overlaps_ram(const u32 *memory, u32 hidden) {
  const struct range *range = (const struct range *)(memory + 2);
  for (u32 left = memory[1] - 8; left >= sizeof(*range); left -= sizeof(*range), range++) {
    u64 start = (u64)range->start_high << 32 | range->start;
    u64 end = start + ((u64)range->size_high << 32 | range->size);
    if (range->type == TYPE_RAM && start < (u64)hidden + HIDDEN_SIZE && end > hidden) {
      return true;
    }
  }
  return false;
}

static u32 read_vector(u32 at) { return CATCH("movl (%0), %%eax", : : "r"(at) : "eax", "memory"); }

static u32 write_vector(u32 at) { return CATCH("movl %%eax, (%0)", : : "r"(at), "a"(0) : "memory"); }

static void check_hidden(u32 hidden) {
  check("reading the hidden block: #GP", read_vector(hidden), GP);
  check("reading its end: #GP", read_vector(hidden + HIDDEN_SIZE - 4), GP);
  check("writing it: #GP", write_vector(hidden + 0x1000), GP);
  check("below it the guest can read", read_vector(hidden - 4), NO_EXCEPTION);
  check("below 1 MiB the guest can read", read_vector(0x8000), NO_EXCEPTION);
  check("the flash can be read", read_vector(0xFFFFFFFC), NO_EXCEPTION);
  check("the local APIC can be read", read_vector(0xFEE00030), NO_EXCEPTION);
}

void check_memory(void) {
  const struct header *header = find_header();
  check_true("coreboot table in the first page", header != NULL);
  if (!header) {
    return;
  }
  check_sums(header);
  const u32 *forward = find_record(header, TAG_FORWARD);
  check_true("it forwards", forward != NULL);
  if (!forward) {
    return;
  }
  header = (const struct header *)forward[2];
  check_sums(header);
  const u32 *memory = find_record(header, TAG_MEMORY);
  check_true("it has a memory map", memory != NULL);
  u32 hidden = memory ? find_hidden(memory) : 0;
  check_true("the memory map has the hidden block", hidden != 0);
  if (hidden) {
    check_true("no RAM range overlaps it", !overlaps_ram(memory, hidden));
    check_hidden(hidden);
  }
}

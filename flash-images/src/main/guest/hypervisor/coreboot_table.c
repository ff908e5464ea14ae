#include "coreboot_table.h"

#include "checksum.h"
#include "lb_tables.h"
#include "log.h"
#include "memory_functions.h"

#define FORWARD_LIMIT 4 /* more than this is a loop */

struct lb_header {
  char signature[4];
  u32 header_bytes;
  u32 header_checksum;
  u32 table_bytes;
  u32 table_checksum;
  u32 table_entries;
};

struct lb_record {
  u32 tag;
  u32 size;
};

struct lb_forward {
  struct lb_record record;
  u64 forward;
};

static bool valid_header(u64 address) {
  const struct lb_header *header = (const struct lb_header *)address;
  if (memcmp(header->signature, "LBIO", 4) || header->header_bytes != sizeof(*header)) {
    return false;
  }
  if (header->table_bytes > MIB || address + sizeof(*header) + header->table_bytes > 4 * GIB) {
    return false;
  }
  /* Over a header that carries its own checksum the sum is 0. */
  return checksum_ip(header, sizeof(*header)) == 0 &&
         checksum_ip(header + 1, header->table_bytes) == (header->table_checksum & 0xFFFF);
}

static u64 scan(u64 from, u64 to) {
  for (u64 address = from; address < to; address += 16) {
    if (valid_header(address)) {
      return address;
    }
  }
  return ~0ull;
}

static struct lb_record *find_record(u64 header_at, u32 tag) {
  struct lb_header *header = (struct lb_header *)header_at;
  u8 *at = (u8 *)(header + 1);
  u8 *end = at + header->table_bytes;
  while (at + sizeof(struct lb_record) <= end) {
    struct lb_record *record = (struct lb_record *)at;
    if (record->size < sizeof(*record) || record->size > (u64)(end - at)) {
      return NULL;
    }
    if (record->tag == tag) {
      return record;
    }
    at += record->size;
  }
  return NULL;
}

bool coreboot_table_find(struct coreboot_table *table) {
  u64 at = scan(0, PAGE);
  if (at == ~0ull) {
    at = scan(0xF0000, 0x100000);
  }
  if (at == ~0ull) {
    return false;
  }
  table->anchor = at;
  for (int i = 0; i < FORWARD_LIMIT; i++) {
    struct lb_forward *forward = (struct lb_forward *)find_record(at, LB_TAG_FORWARD);
    if (!forward) {
      table->header = at;
      return true;
    }
    at = forward->forward;
    if (at >= 4 * GIB || !valid_header(at)) {
      return false;
    }
  }
  return false;
}

const struct lb_memory_range *coreboot_memory(const struct coreboot_table *table, u32 *count) {
  struct lb_record *record = find_record(table->header, LB_TAG_MEMORY);
  if (!record) {
    return NULL;
  }
  *count = (record->size - sizeof(*record)) / sizeof(struct lb_memory_range);
  return (const struct lb_memory_range *)(record + 1);
}

static void seal(struct lb_header *header) {
  header->table_checksum = checksum_ip(header + 1, header->table_bytes);
  header->header_checksum = 0;
  header->header_checksum = checksum_ip(header, sizeof(*header));
}

struct range_writer {
  struct lb_memory_range *next;
  u64 copy_at, hidden_at, hidden_end;
};

static void emit(struct range_writer *writer, u64 start, u64 end, u32 type) {
  if (start < end) {
    *writer->next++ = (struct lb_memory_range){start, end - start, type};
  }
}

static u64 clamp(u64 value, u64 low, u64 high) { return value < low ? low : value > high ? high : value; }

/* A RAM range falls into up to four; others are kept as they are. */
static void emit_split(struct range_writer *writer, const struct lb_memory_range *range) {
  u64 start = range->start;
  u64 end = range->start + range->size;
  if (range->type != LB_MEM_RAM) {
    emit(writer, start, end, range->type);
    return;
  }
  u64 copy_at = clamp(writer->copy_at, start, end);
  u64 hidden_at = clamp(writer->hidden_at, start, end);
  u64 hidden_end = clamp(writer->hidden_end, start, end);
  emit(writer, start, copy_at, LB_MEM_RAM);
  emit(writer, copy_at, hidden_at, LB_MEM_TABLE);
  emit(writer, hidden_at, hidden_end, LB_MEM_RESERVED);
  emit(writer, hidden_end, end, LB_MEM_RAM);
}

static u32 copy_record(u8 *to, const struct lb_record *record, struct range_writer *writer) {
  if (record->tag != LB_TAG_MEMORY) {
    memcpy(to, record, record->size);
    return record->size;
  }
  const struct lb_memory_range *ranges = (const struct lb_memory_range *)(record + 1);
  u32 count = (record->size - sizeof(*record)) / sizeof(*ranges);
  writer->next = (struct lb_memory_range *)(to + sizeof(*record));
  for (u32 i = 0; i < count; i++) {
    emit_split(writer, &ranges[i]);
  }
  struct lb_record *copy = (struct lb_record *)to;
  copy->tag = LB_TAG_MEMORY;
  copy->size = (u32)((u8 *)writer->next - to);
  return copy->size;
}

static void forward_to(u64 anchor, u64 target) {
  struct lb_header *header = (struct lb_header *)anchor;
  memcpy(header->signature, "LBIO", 4);
  header->header_bytes = sizeof(*header);
  header->table_bytes = sizeof(struct lb_forward);
  header->table_entries = 1;
  *(struct lb_forward *)(header + 1) = (struct lb_forward){{LB_TAG_FORWARD, sizeof(struct lb_forward)}, target};
  seal(header);
}

bool coreboot_table_hide(const struct coreboot_table *table, u64 copy_at, u64 hidden_at, u64 hidden_size) {
  const struct lb_header *from = (const struct lb_header *)table->header;
  /* One RAM range becomes four at most: three more entries. */
  if (sizeof(*from) + from->table_bytes + 3 * sizeof(struct lb_memory_range) > hidden_at - copy_at) {
    return false;
  }
  struct range_writer writer = {NULL, copy_at, hidden_at, hidden_at + hidden_size};
  struct lb_header *to = (struct lb_header *)copy_at;
  *to = *from;
  const u8 *at = (const u8 *)(from + 1);
  const u8 *end = at + from->table_bytes;
  u8 *out = (u8 *)(to + 1);
  while (at + sizeof(struct lb_record) <= end) {
    const struct lb_record *record = (const struct lb_record *)at;
    if (record->size < sizeof(*record) || record->size > (u64)(end - at)) {
      return false;
    }
    out += copy_record(out, record, &writer);
    at += record->size;
  }
  to->table_bytes = (u32)(out - (u8 *)(to + 1));
  seal(to);
  forward_to(table->anchor, copy_at);
  return true;
}

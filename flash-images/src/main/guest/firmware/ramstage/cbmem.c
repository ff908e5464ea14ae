/*
 * CBMEM: the area at the top of low RAM (below TSEG) for what outlives the firmware. Its directory has the layout of
 * coreboot's in-memory database: a root pointer in the last 8 bytes, the root page below it, entries growing down.
 */
#include "ramstage.h"

#define ROOT_POINTER_MAGIC 0xc0389481u
#define ENTRY_MAGIC (~ROOT_POINTER_MAGIC)
#define ROOT_ID 0xff4017ffu
#define MAX_ENTRIES 32
#define CONSOLE_SIZE (64 * KIB)
#define MAX_STAMPS 64

struct root_pointer {
  u32 magic;
  s32 root_offset;
} PACKED;

struct entry {
  u32 magic;
  s32 start_offset; /* from the root */
  u32 size;
  u32 id;
} PACKED;

struct root {
  u32 max_entries;
  u32 num_entries;
  u32 flags;
  u32 entry_align;
  s32 max_offset;
  struct entry entries[MAX_ENTRIES];
} PACKED;

struct console_area {
  u32 size;
  u32 cursor;
  char body[];
};

struct stamp_table {
  u64 base_time;
  u16 max_entries;
  u16 tick_freq_mhz;
  u32 num_entries;
  struct stamp entries[MAX_STAMPS];
} PACKED;

static struct root *root;
static struct stamp_table *stamp_table;

static void root_init(void) {
  u32 top = machine.tseg_base;
  struct root_pointer *pointer = (struct root_pointer *)(uptr)(top - sizeof(struct root_pointer));
  root = (struct root *)(uptr)(top - PAGE);
  memset(root, 0, PAGE);
  pointer->magic = ROOT_POINTER_MAGIC;
  pointer->root_offset = (s32)((u32)(uptr)root - (u32)(uptr)pointer);
  root->max_entries = MAX_ENTRIES;
  root->num_entries = 1;
  root->entry_align = PAGE;
  root->entries[0].magic = ENTRY_MAGIC;
  root->entries[0].size = PAGE;
  root->entries[0].id = ROOT_ID;
  machine.cbmem_base = (u32)(uptr)root;
}

u8 *cbmem_add(u32 id, u32 size) {
  if (root->num_entries == MAX_ENTRIES) {
    fatal(POST_ERROR_TABLES, "CBMEM directory is full");
  }
  machine.cbmem_base -= ALIGN_UP(size, PAGE);
  struct entry *entry = &root->entries[root->num_entries++];
  entry->magic = ENTRY_MAGIC;
  entry->start_offset = (s32)(machine.cbmem_base - (u32)(uptr)root);
  entry->size = size;
  entry->id = id;
  root->max_offset = entry->start_offset;
  u8 *area = (u8 *)(uptr)machine.cbmem_base;
  memset(area, 0, size);
  return area;
}

u32 cbmem_count(void) { return root->num_entries; }

void cbmem_entry(u32 index, u32 *id, u32 *address, u32 *size) {
  const struct entry *entry = &root->entries[index];
  *id = entry->id;
  *address = (u32)(uptr)root + (u32)entry->start_offset;
  *size = entry->size;
}

static void console_init(void) {
  struct console_area *area = (struct console_area *)cbmem_add(CBMEM_CONSOLE, CONSOLE_SIZE);
  area->size = CONSOLE_SIZE - sizeof(*area);
  area->cursor = machine.handoff->log_length;
  memcpy(area->body, machine.handoff->log, machine.handoff->log_length);
  console.log = area->body;
  console.room = area->size;
  console.length = &area->cursor;
}

static void add_stamp(u32 id, u64 tsc) {
  if (stamp_table->num_entries < stamp_table->max_entries) {
    struct stamp *entry = &stamp_table->entries[stamp_table->num_entries++];
    entry->id = id;
    entry->tsc = tsc - stamp_table->base_time;
  }
}

void timestamp(u32 id) { add_stamp(id, rdtsc()); }

/* The first stamp is the processor's first instruction; all others count from it. */
static void stamps_init(void) {
  const struct handoff *handoff = machine.handoff;
  stamp_table = (struct stamp_table *)cbmem_add(CBMEM_TIMESTAMP, sizeof(*stamp_table));
  stamp_table->base_time = handoff->stamp_count ? handoff->stamps[0].tsc : 0;
  stamp_table->max_entries = MAX_STAMPS;
  stamp_table->tick_freq_mhz = (u16)(machine.tsc_khz / 1000);
  for (u32 i = 0; i < handoff->stamp_count; i++) {
    add_stamp(handoff->stamps[i].id, handoff->stamps[i].tsc);
  }
}

void cbmem_init(void) {
  root_init();
  console_init();
  stamps_init();
}

/* The coreboot table in CBMEM, and the forwarding table in the first page that leads to it. */
#include "bytes.h"

#define SERIAL_IO_MAPPED 1
#define CONSOLE_SERIAL8250 0
#define HEADER_SIZE 24

/* Above the real-mode vectors and the BIOS data area; not 0, which readers in C take for "not found". */
#define FORWARD_ADDRESS 0x500u

/* Writes records between begin() and finish(), which adds the header with both checksums. */
struct table {
  struct bytes bytes;
  u32 records;
};

static void begin(struct table *t, u8 *at, u32 room) {
  t->bytes.start = at;
  t->bytes.used = 0;
  t->bytes.room = room;
  t->records = 0;
  put_zeros(&t->bytes, HEADER_SIZE);
}

static u32 record(struct table *t, u32 tag) {
  u32 at = t->bytes.used;
  put32(&t->bytes, tag);
  put32(&t->bytes, 0);
  t->records++;
  return at;
}

static void end_record(struct table *t, u32 at) {
  while (t->bytes.used & 3) {
    put8(&t->bytes, 0);
  }
  patch(&t->bytes, at + 4, t->bytes.used - at, 4);
}

static void finish(struct table *t) {
  struct bytes *b = &t->bytes;
  memcpy(b->start, "LBIO", 4);
  patch(b, 4, HEADER_SIZE, 4);
  patch(b, 12, b->used - HEADER_SIZE, 4);
  patch(b, 16, checksum_ip(b->start + HEADER_SIZE, b->used - HEADER_SIZE), 4);
  patch(b, 20, t->records, 4);
  patch(b, 8, checksum_ip(b->start, HEADER_SIZE), 4);
}

static void add_text(struct table *t, u32 tag, const char *text) {
  u32 at = record(t, tag);
  u32 size = (u32)strlen(text) + 1;
  memcpy(bytes_take(&t->bytes, size), text, size);
  end_record(t, at);
}

static void add_memory(struct table *t) {
  u32 at = record(t, LB_TAG_MEMORY);
  for (u32 i = 0; i < machine.range_count; i++) {
    put64(&t->bytes, machine.ranges[i].start);
    put64(&t->bytes, machine.ranges[i].size);
    put32(&t->bytes, machine.ranges[i].type);
  }
  end_record(t, at);
}

static void add_mainboard(struct table *t) {
  static const char STRINGS[] = "Intel\0Minnow Max";
  u32 at = record(t, LB_TAG_MAINBOARD);
  put8(&t->bytes, 0);
  put8(&t->bytes, 6);
  memcpy(bytes_take(&t->bytes, sizeof(STRINGS)), STRINGS, sizeof(STRINGS));
  end_record(t, at);
}

static void add_serial(struct table *t) {
  u32 at = record(t, LB_TAG_SERIAL);
  put32(&t->bytes, SERIAL_IO_MAPPED);
  put32(&t->bytes, 0x3f8);
  put32(&t->bytes, 115200);
  put32(&t->bytes, 1);
  put32(&t->bytes, 1843200);
  put32(&t->bytes, 0);
  end_record(t, at);
  at = record(t, LB_TAG_CONSOLE);
  put16(&t->bytes, CONSOLE_SERIAL8250);
  end_record(t, at);
}

static void add_pointer(struct table *t, u32 tag, u64 address) {
  u32 at = record(t, tag);
  put64(&t->bytes, address);
  end_record(t, at);
}

/* Flash offsets; the FMAP is where its signature stands on a 4 KiB boundary, all ones when there is none. */
static void add_boot_media(struct table *t) {
  const u8 *flash = machine.flash.base;
  u64 fmap = ~0ull;
  for (u32 offset = 0; offset < machine.flash.size; offset += 4 * KIB) {
    if (memcmp(flash + offset, "__FMAP__", 8) == 0) {
      fmap = offset;
      break;
    }
  }
  u32 at = record(t, LB_TAG_BOOT_MEDIA);
  put64(&t->bytes, fmap);
  put64(&t->bytes, machine.flash.offset);
  put64(&t->bytes, machine.flash.size - machine.flash.offset);
  put64(&t->bytes, machine.flash.size);
  end_record(t, at);
}

static void add_cbmem(struct table *t) {
  for (u32 i = 0; i < cbmem_count(); i++) {
    u32 id;
    u32 address;
    u32 size;
    cbmem_entry(i, &id, &address, &size);
    u32 at = record(t, LB_TAG_CBMEM_ENTRY);
    put64(&t->bytes, address);
    put32(&t->bytes, size);
    put32(&t->bytes, id);
    end_record(t, at);
    if (id == CBMEM_TIMESTAMP) {
      add_pointer(t, LB_TAG_TIMESTAMPS, address);
    } else if (id == CBMEM_CONSOLE) {
      add_pointer(t, LB_TAG_CBMEM_CONSOLE, address);
    } else if (id == CBMEM_ACPI) {
      add_pointer(t, LB_TAG_ACPI_RSDP, address);
    }
  }
}

static void write_forward(u32 to) {
  struct table t;
  begin(&t, (u8 *)FORWARD_ADDRESS, HEADER_SIZE + 16);
  add_pointer(&t, LB_TAG_FORWARD, to);
  finish(&t);
}

void coreboot_table(u8 *at, u32 room) {
  struct table t;
  begin(&t, at, room);
  add_memory(&t);
  add_mainboard(&t);
  add_text(&t, LB_TAG_VERSION, "bitterling");
  add_text(&t, LB_TAG_BUILD, "1");
  add_serial(&t);
  u32 tsc = record(&t, LB_TAG_TSC_INFO);
  put32(&t.bytes, machine.tsc_khz);
  end_record(&t, tsc);
  add_boot_media(&t);
  add_cbmem(&t);
  finish(&t);
  write_forward((u32)(uptr)at);
  print("coreboot table at %08x, %u records, %u bytes\n", (u32)(uptr)at, t.records, t.bytes.used);
}

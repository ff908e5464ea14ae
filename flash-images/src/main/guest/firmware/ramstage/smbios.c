/* SMBIOS 2.8: entry point, then the structures right behind it. */
#include "bytes.h"

#define ENTRY_POINT_SIZE 0x1f
#define STRUCTURES_AT 0x20

struct builder {
  struct bytes bytes;
  u32 count;
  u32 largest;
  u32 start; /* of the current structure */
};

static void open_structure(struct builder *s, u32 type, u32 length, u32 handle) {
  s->start = s->bytes.used;
  put8(&s->bytes, type);
  put8(&s->bytes, length);
  put16(&s->bytes, handle);
}

/* Ends the formatted part with its strings, given as "first\0second\0"; an empty set is two zeros. */
static void close_structure(struct builder *s, const char *strings) {
  u32 length = s->bytes.start[s->start + 1];
  if (s->bytes.used - s->start != length) {
    fatal(POST_ERROR_TABLES, "SMBIOS structure %u has %u bytes, declared %u", s->bytes.start[s->start],
          s->bytes.used - s->start, length);
  }
  if (!*strings) {
    put8(&s->bytes, 0);
  }
  while (*strings) {
    u32 size = (u32)strlen(strings) + 1;
    memcpy(bytes_take(&s->bytes, size), strings, size);
    strings += size;
  }
  put8(&s->bytes, 0);
  s->count++;
  u32 total = s->bytes.used - s->start;
  s->largest = total > s->largest ? total : s->largest;
}

static void bios_information(struct builder *s) {
  open_structure(s, 0, 0x18, 0);
  put8(&s->bytes, 1);
  put8(&s->bytes, 2);
  put16(&s->bytes, 0xf000);
  put8(&s->bytes, 3);
  put8(&s->bytes, 0x7f); /* 8 MiB in units of 64 KiB, minus one */
  put64(&s->bytes, 0x80 | 1u << 11 | 1u << 16);
  put16(&s->bytes, 0x0001);
  put32(&s->bytes, 0xffff0001);
  close_structure(s, "Bitterling\0" "1\0" "01/01/2026\0");
}

static void system_information(struct builder *s) {
  open_structure(s, 1, 0x1b, 1);
  put32(&s->bytes, 0x00030201);
  put_zeros(&s->bytes, 16);
  put8(&s->bytes, 6);
  put16(&s->bytes, 0);
  close_structure(s, "Intel\0Minnow Max\0" "1.0\0");
}

static void processor_information(struct builder *s) {
  static char strings[64];
  struct cpuid id = cpuid(1, 0);
  u32 mhz = machine.tsc_khz / 1000;
  memset(strings, 0, sizeof(strings));
  memcpy(strings, "Intel", 6);
  const char *name = machine.cpu_name;
  while (*name == ' ') {
    name++;
  }
  memcpy(strings + 6, name, strlen(name) + 1);
  open_structure(s, 4, 0x2a, 4);
  put8(&s->bytes, 0);
  put8(&s->bytes, 3);
  put8(&s->bytes, 0x2b); /* Atom */
  put8(&s->bytes, 1);
  put32(&s->bytes, id.eax);
  put32(&s->bytes, id.edx);
  put8(&s->bytes, *name ? 2 : 0);
  put8(&s->bytes, 0);
  put16(&s->bytes, 0);
  put16(&s->bytes, mhz);
  put16(&s->bytes, mhz);
  put8(&s->bytes, 0x41);
  put8(&s->bytes, 1);
  put16(&s->bytes, 0xffff);
  put16(&s->bytes, 0xffff);
  put16(&s->bytes, 0xffff);
  put8(&s->bytes, 0);
  put8(&s->bytes, 0);
  put8(&s->bytes, 0);
  put8(&s->bytes, machine.cpu_count);
  put8(&s->bytes, machine.cpu_count);
  put8(&s->bytes, machine.cpu_count);
  put16(&s->bytes, 0x000c);
  put16(&s->bytes, 0x2b);
  close_structure(s, strings);
}

static u32 total_mib(void) {
  return (machine.low_top >> 20) + (u32)((machine.high_top - 0x100000000ull) >> 20);
}

static void memory_array(struct builder *s) {
  open_structure(s, 16, 0x0f, 16);
  put8(&s->bytes, 3);
  put8(&s->bytes, 3);
  put8(&s->bytes, 3);
  put32(&s->bytes, 4 * MIB); /* at most 4 GiB, in KiB */
  put16(&s->bytes, 0xfffe);
  put16(&s->bytes, 1);
  close_structure(s, "");
}

static void memory_device(struct builder *s) {
  open_structure(s, 17, 0x1b, 17);
  put16(&s->bytes, 16);
  put16(&s->bytes, 0xfffe);
  put16(&s->bytes, 64);
  put16(&s->bytes, 64);
  put16(&s->bytes, total_mib());
  put8(&s->bytes, 0x0b);
  put8(&s->bytes, 0);
  put8(&s->bytes, 1);
  put8(&s->bytes, 0);
  put8(&s->bytes, 0x18); /* DDR3 */
  put16(&s->bytes, 0);
  put16(&s->bytes, 1333);
  put_zeros(&s->bytes, 4);
  close_structure(s, "DDR3 on board\0");
}

static void mapped_range(struct builder *s, u32 handle, u64 start, u64 end) {
  if (end <= start) {
    return;
  }
  open_structure(s, 19, 0x0f, handle);
  put32(&s->bytes, (u32)(start >> 10));
  put32(&s->bytes, (u32)((end - 1) >> 10));
  put16(&s->bytes, 16);
  put8(&s->bytes, 1);
  close_structure(s, "");
}

u32 smbios_tables(u8 *at, u32 room) {
  struct builder s = {.bytes = {at, 0, room}};
  put_zeros(&s.bytes, STRUCTURES_AT);
  bios_information(&s);
  system_information(&s);
  processor_information(&s);
  memory_array(&s);
  memory_device(&s);
  mapped_range(&s, 19, 0, machine.low_top);
  mapped_range(&s, 20, 0x100000000ull, machine.high_top);
  open_structure(&s, 32, 0x0b, 32);
  put_zeros(&s.bytes, 7);
  close_structure(&s, "");
  open_structure(&s, 127, 4, 127);
  close_structure(&s, "");
  memcpy(at, "_SM_", 4);
  at[5] = ENTRY_POINT_SIZE;
  at[6] = 2;
  at[7] = 8;
  patch(&s.bytes, 8, s.largest, 2);
  memcpy(at + 16, "_DMI_", 5);
  patch(&s.bytes, 22, s.bytes.used - STRUCTURES_AT, 2);
  patch(&s.bytes, 24, (u32)(uptr)at + STRUCTURES_AT, 4);
  patch(&s.bytes, 28, s.count, 2);
  at[30] = 0x28;
  at[21] = checksum8(at + 16, 15);
  at[4] = checksum8(at, ENTRY_POINT_SIZE);
  return s.bytes.used;
}

#include "topology.h"

#include "apic.h"
#include "checksum.h"
#include "core.h"
#include "log.h"
#include "memory_functions.h"
#include "vm.h"

#define MADT_LENGTH 4
#define MADT_CHECKSUM 9
#define MADT_ENTRIES 44
#define MADT_LOCAL_APIC 0
#define MADT_FLAGS 4
#define LOCAL_APIC_USABLE 0x3u /* enabled, online capable */

#define MP_FIRST 0xE0000
#define MP_END 0x100000
#define MP_TABLE_AT 4
#define MP_LENGTH 4
#define MP_CHECKSUM 7
#define MP_COUNT 34
#define MP_ENTRIES 44
#define MP_PROCESSOR 0
#define MP_PROCESSOR_SIZE 20
#define MP_OTHER_SIZE 8
#define MP_FLAGS 3
#define MP_ENABLED 0x1u

static bool of_cell(u32 apic_id) {
  for (u32 i = 0; i < core_count; i++) {
    if (cores[i]->apic_id == apic_id) {
      return vm_is_cell(cores[i]->vm);
    }
  }
  return false;
}

static u32 word(const u8 *at) {
  u32 value;
  memcpy(&value, at, 4);
  return value;
}

static void seal(u8 *table, u32 length, u32 checksum_at) {
  table[checksum_at] = 0;
  table[checksum_at] = checksum8(table, length);
}

static void hide_in_madt(u8 *madt) {
  u32 length = word(madt + MADT_LENGTH);
  for (u32 at = MADT_ENTRIES; at + 8 <= length && madt[at + 1] >= 2; at += madt[at + 1]) {
    if (madt[at] == MADT_LOCAL_APIC && of_cell(madt[at + 3])) {
      madt[at + MADT_FLAGS] &= (u8)~LOCAL_APIC_USABLE;
    }
  }
  seal(madt, length, MADT_CHECKSUM);
}

static u8 *find_mp_table(void) {
  for (u64 at = MP_FIRST; at < MP_END; at += 16) {
    const u8 *pointer = (const u8 *)at;
    if (!memcmp(pointer, "_MP_", 4) && checksum8(pointer, 16) == 0) {
      return (u8 *)(u64)word(pointer + MP_TABLE_AT);
    }
  }
  return NULL;
}

static void hide_in_mp_table(u8 *table) {
  u32 length = word(table + MP_LENGTH) & 0xFFFF;
  u32 count = word(table + MP_COUNT) & 0xFFFF;
  u32 at = MP_ENTRIES;
  for (u32 i = 0; i < count && at < length; i++) {
    bool processor = table[at] == MP_PROCESSOR;
    if (processor && of_cell(table[at + 1])) {
      table[at + MP_FLAGS] &= (u8)~MP_ENABLED;
    }
    at += processor ? MP_PROCESSOR_SIZE : MP_OTHER_SIZE;
  }
  seal(table, length, MP_CHECKSUM);
}

void topology_hide_cells(void) {
  if (config.count == 1) {
    return;
  }
  u8 *madt = apic_madt();
  u8 *table = find_mp_table();
  if (madt) {
    hide_in_madt(madt);
  }
  if (table) {
    hide_in_mp_table(table);
  }
}

#include "mrc_cache.h"

#include "baytrail.h"
#include "console.h"
#include "memory_functions.h"
#include "processor.h"
#include "sha256.h"
#include "spi.h"

#define AREA "RW_MRC_CACHE"
#define FMAP_SIGNATURE "__FMAP__"
#define FMAP_STEP 0x1000
#define MAGIC 0x43524d42u /* "BMRC" */
#define VERSION 1
#define ERASED 0xffffffffu

/* The flash map (flashmap.h of the flashmap project), as far as it is needed. */
struct fmap {
  u8 signature[8];
  u8 version[2];
  u64 base;
  u32 size;
  char name[32];
  u16 area_count;
  struct {
    u32 offset;
    u32 size;
    char name[32];
    u16 flags;
  } PACKED areas[];
} PACKED;

struct record {
  u32 magic;
  u16 version;
  u16 size;
  u32 speed;
  u32 signature; /* of the processor */
  struct lane lanes[LANES];
  u8 sha256[32]; /* of all before it */
} PACKED;

static u32 area_in(const struct fmap *map) {
  for (u32 i = 0; i < map->area_count && i < 64; i++) {
    bool fits = map->areas[i].offset % SPI_SECTOR == 0 && map->areas[i].size >= SPI_SECTOR;
    if (fits && !memcmp(map->areas[i].name, AREA, sizeof(AREA))) {
      return map->areas[i].offset;
    }
  }
  return 0;
}

/* Offset of the area in the flash; 0: there is none. */
static u32 find_area(void) {
  for (u32 at = FLASH_BASE; at >= FLASH_BASE; at += FMAP_STEP) {
    const struct fmap *map = (const struct fmap *)(uptr)at;
    if (map->signature[0] == '_' && !memcmp(map->signature, FMAP_SIGNATURE, sizeof(map->signature))) {
      return area_in(map);
    }
  }
  return 0;
}

static const struct record *stored(u32 area) { return (const struct record *)(uptr)(FLASH_BASE + area); }

static u32 signature(void) { return cpuid(1, 0).eax; }

const char *mrc_cache_load(u32 speed, struct lane lanes[LANES]) {
  u32 area = find_area();
  if (!area) {
    return "no " AREA " in the flash map";
  }
  const struct record *record = stored(area);
  if (record->magic == ERASED) {
    return "empty";
  }
  u8 digest[sizeof(record->sha256)];
  sha256((const u8 *)record, offsetof(struct record, sha256), digest);
  if (record->magic != MAGIC || record->version != VERSION || record->size != sizeof(*record) ||
      memcmp(digest, record->sha256, sizeof(digest))) {
    return "damaged";
  }
  if (record->speed != speed || record->signature != signature()) {
    return "of another speed or processor";
  }
  memcpy(lanes, record->lanes, sizeof(record->lanes));
  return NULL;
}

void mrc_cache_store(u32 speed, const struct lane lanes[LANES]) {
  struct record record = {MAGIC, VERSION, sizeof(record), speed, signature(), {{{0}}}, {0}};
  u32 area = find_area();
  if (!area) {
    return;
  }
  memcpy(record.lanes, lanes, sizeof(record.lanes));
  sha256((const u8 *)&record, offsetof(struct record, sha256), record.sha256);
  bool done = spi_replace(area, &record, sizeof(record));
  done = done && !memcmp(stored(area), &record, sizeof(record));
  print("mrc cache: %s\n", done ? "written" : "can not be written");
}

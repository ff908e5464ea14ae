#include "hte.h"

#include "dram_lanes.h"
#include "sideband.h"

#define HTE_COMMAND 0x20
#define HTE_FIRST_LINE 0x21
#define HTE_LAST_LINE 0x22
#define HTE_CONTROL 0x11
#define HTE_STATUS 0x12
#define HTE_PATTERN_SELECT 0x61
#define PATTERN_ZEROS 0
#define HTE_ERROR_CONTROL 0xa1
#define HTE_ERROR_MASK 0xa2
#define HTE_FAILED_LANES 0xa7

#define STATUS_BUSY (1u << 30)
#define CLEAR_ERRORS (1u << 8)
#define COMMAND_FILL 0x00110020u
#define START_READS 0x11011300u
#define START_COMPARE 0x10041300u
#define START_FILL 0x00111300u
#define LINE 64

u32 hte_busy(void) { return sideband_read(HTE, HTE_STATUS) & STATUS_BUSY; }

static void run(u32 start) {
  sideband_write(HTE, HTE_CONTROL, start);
  while (hte_busy()) {
  }
}

/* Flags of lanes 0 to 7 are bits 15:8, that of ECC is bit 0. */
static u32 passed(u32 start) {
  for (u32 i = 0; i < 3; i++) {
    sideband_write(HTE, HTE_ERROR_MASK + i, ~0u);
  }
  sideband_write(HTE, HTE_ERROR_CONTROL, CLEAR_ERRORS);
  run(start);
  u32 failed = sideband_read(HTE, HTE_FAILED_LANES);
  return ~(failed >> 8 | (failed & 1) << 8) & ALL_LANES;
}

void hte_burst(void) { run(START_READS); }
u32 hte_read_pattern(void) { return passed(START_READS); }
u32 hte_write_and_compare(void) { return passed(START_COMPARE); }

void hte_clear(u32 start, u32 end) {
  sideband_write(HTE, HTE_PATTERN_SELECT, PATTERN_ZEROS);
  sideband_write(HTE, HTE_COMMAND, COMMAND_FILL);
  sideband_write(HTE, HTE_FIRST_LINE, start / LINE);
  sideband_write(HTE, HTE_LAST_LINE, end / LINE - 1);
  sideband_write(HTE, HTE_CONTROL, START_FILL);
}

#include "dram.h"

#include "bootblock.h"
#include "clock.h"
#include "console.h"
#include "dram_training.h"
#include "hte.h"
#include "io.h"
#include "mrc_cache.h"
#include "sideband.h"
#include "sleep.h"

#define DUNIT_DTR0 0x01
#define DUNIT_DCO 0x0f
#define DCO_INIT_COMPLETE (1u << 31)
#define DCO_OWNED_BY_HTE (1u << 28)
#define DTR0_SPEED 3u
#define DTR0_1066 1u
#define DTR0_1333 2u
#define DRAM_WAKE 0xca

#define PHY_CMPCTRL 0x6800
#define PHY_PLL_STATUS 0x7858
#define PLL_LOCKED 0x0eu

/* From this clock of the processor on its memory controller does 1333. */
#define FAST_TSC_KHZ 1700000

static u32 is_fast(void) { return tsc_khz() >= FAST_TSC_KHZ; }

static void start_phy(void) {
  u32 status = sideband_read(DDRPHY, PHY_PLL_STATUS);
  if ((status & PLL_LOCKED) != PLL_LOCKED) {
    fatal(POST_ERROR_TRAINING, "memory PLLs are not locked (%08x)", status);
  }
  sideband_write(DDRPHY, PHY_CMPCTRL, sideband_read(DDRPHY, PHY_CMPCTRL) | 1);
  while (sideband_read(DDRPHY, PHY_CMPCTRL) & 1) {
  }
}

/* The order of JEDEC 79-3, "Power-up Initialization Sequence". */
static void start_drams(void) {
  sideband_command(DUNIT, DRAM_WAKE, 0);
  dram_command(MRS_MR2);
  dram_command(MRS_MR3);
  dram_command(MRS_MR1);
  dram_command(MRS_MR0);
  dram_command(DRAM_ZQ_CALIBRATION);
}

static void print_lanes(const struct lane lanes[LANES]) {
  static const char *const NAMES[KNOBS] = {"rcven", "wdqs", "wdq", "rdqs", "vref"};
  for (u32 knob = 0; knob < KNOBS; knob++) {
    print("  %s", NAMES[knob]);
    for (u32 n = 0; n < LANES; n++) {
      s32 value = lanes[n].knob[knob];
      print(value < 0 ? " -%u" : " %u", value < 0 ? -value : value);
    }
    print("\n");
  }
}

/* By the cache where it fits, else by training. */
static void fit_lanes(u32 speed, struct lane lanes[LANES]) {
  post(POST_MEMORY_CACHE);
  const char *problem = mrc_cache_load(speed, lanes);
  if (!problem && dram_restore(lanes)) {
    print("memory DDR3-%u as in the mrc cache\n", speed);
    return;
  }
  print("mrc cache: %s\n", problem ? problem : "does not fit this memory");
  dram_train(lanes);
  print("memory DDR3-%u trained, lanes 0 to 7 and ECC:\n", speed);
  print_lanes(lanes);
  mrc_cache_store(speed, lanes);
}

void dram_init(void) {
  struct lane lanes[LANES];
  u32 speed = is_fast() ? 1333 : 1066;
  post(POST_MEMORY_START);
  u32 dtr0 = sideband_read(DUNIT, DUNIT_DTR0) & ~DTR0_SPEED;
  sideband_write(DUNIT, DUNIT_DTR0, dtr0 | (is_fast() ? DTR0_1333 : DTR0_1066));
  sideband_write(DUNIT, DUNIT_DCO, DCO_OWNED_BY_HTE);
  start_phy();
  start_drams();
  fit_lanes(speed, lanes);
  sideband_write(DUNIT, DUNIT_DCO, DCO_INIT_COMPLETE);
}

void dram_clear(u32 start, u32 end) {
  post(POST_MEMORY_CLEAR);
  sideband_write(DUNIT, DUNIT_DCO, DCO_INIT_COMPLETE | DCO_OWNED_BY_HTE);
  hte_clear(start, end);
  while (hte_busy()) {
    sleep_ms(1);
  }
  sideband_write(DUNIT, DUNIT_DCO, DCO_INIT_COMPLETE);
}

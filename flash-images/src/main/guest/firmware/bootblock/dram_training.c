#include "dram_training.h"

#include "bootblock.h"
#include "console.h"
#include "hte.h"
#include "io.h"
#include "sideband.h"
#include "sweep.h"

#define CLOCK 128
#define MOST_CLOCKS 7
#define DRAM_COMMAND 0x68

/* Where training starts: in the middle of what boards have. */
#define FIRST_VREF 7
#define VREF_STEP 8
#define FIRST_WDQ 32 /* a quarter clock before the strobe */

/* The lanes being trained; the setters of sweeps have no argument for it. */
static struct lane *lanes;
static struct window windows[LANES];

void dram_command(u32 word) { sideband_command(DUNIT, DRAM_COMMAND, word); }

static void set_all(enum knob knob, s32 value) {
  for (u32 n = 0; n < LANES; n++) {
    lanes[n].knob[knob] = (s16)value;
    lane_set(n, knob, value);
  }
}

/* Ends the boot where lanes are missing in `found`. */
static void require(u32 found, const char *step) {
  char list[3 * LANES + 1];
  u32 length = 0;
  for (u32 n = 0; n < LANES; n++) {
    if (!(found >> n & 1)) {
      list[length++] = ' ';
      list[length++] = (char)('0' + n);
    }
  }
  list[length] = 0;
  if (length) {
    fatal(POST_ERROR_TRAINING, "memory lane%s: no window in %s", list, step);
  }
}

static void keep(u32 lane, enum knob knob, s32 value) {
  lanes[lane].knob[knob] = (s16)value;
  lane_set(lane, knob, value);
}

static void set_rcven(u32 lane, s32 value) { lane_set(lane, RCVEN, value); }
static void set_wdqs(u32 lane, s32 value) { lane_set(lane, WDQS, value); }
static void set_rdqs(u32 lane, s32 value) { lane_set(lane, RDQS, value); }
static void set_vref(u32 lane, s32 value) { lane_set(lane, VREF, value); }
static void set_wdq(u32 lane, s32 ahead) { lane_set(lane, WDQ, lanes[lane].knob[WDQS] - ahead); }

static u32 strobe_levels(void) {
  hte_burst();
  return lanes_strobe_levels();
}

static u32 clock_levels(void) {
  hte_burst();
  return lanes_clock_levels();
}

/* The first rising edge of the strobe ends the preamble, which is a clock long: the receiver opens in its middle. */
static void train_receive_enable(void) {
  static const struct sweep EDGE = {set_rcven, strobe_levels, 0, 1023, 32, 1};
  post(POST_MEMORY_RCVEN);
  require(sweep(&EDGE, windows), "receive enable (RCVN)");
  for (u32 n = 0; n < LANES; n++) {
    keep(n, RCVEN, windows[n].low > CLOCK / 2 ? windows[n].low - CLOCK / 2 : 0);
  }
  dram_command(DRAM_PRECHARGE_ALL);
}

/* The strobe at the clock's rising edge, in whatever clock. */
static void train_write_levelling(void) {
  static const struct sweep EDGE = {set_wdqs, clock_levels, CLOCK, 3 * CLOCK, 32, 1};
  post(POST_MEMORY_WRITE_LEVELLING);
  dram_command(MRS_MR1 | MRS_WRITE_LEVELLING);
  u32 found = sweep(&EDGE, windows);
  dram_command(MRS_MR1);
  require(found, "write levelling (WDQS)");
  for (u32 n = 0; n < LANES; n++) {
    keep(n, WDQS, windows[n].low % CLOCK);
  }
}

/* Lanes that have a window take its middle. */
static void centre(u32 found, enum knob knob) {
  for (u32 n = 0; n < LANES; n++) {
    if (found >> n & 1) {
      keep(n, knob, middle(windows[n]));
    } else {
      lane_set(n, knob, lanes[n].knob[knob]);
    }
  }
}

/*
 * The read eye is a hexagon over RDQS and VREF. Its widest row is looked for from any row that has a window, then its
 * middle in both directions.
 */
static void train_reads(void) {
  static const struct sweep STROBE = {set_rdqs, hte_read_pattern, 0, 127, 8, 0};
  static const struct sweep THRESHOLD = {set_vref, hte_read_pattern, -31, 31, 8, 0};
  u32 found = 0;
  post(POST_MEMORY_READS);
  dram_command(MRS_MR3 | MRS_MPR);
  set_all(RDQS, 0);
  for (s32 row = 0; row < 8 && found != ALL_LANES; row++) {
    /* 7, -1, 15, -9, 23, -17, 31, -25: outwards from the start */
    s32 vref = FIRST_VREF + (row & 1 ? -VREF_STEP : VREF_STEP) * ((row + 1) / 2);
    for (u32 n = 0; n < LANES; n++) {
      if (!(found >> n & 1)) {
        keep(n, VREF, vref);
      }
    }
    u32 here = sweep(&STROBE, windows) & ~found;
    centre(here, RDQS);
    found |= here;
  }
  require(found, "read training (RDQS, VREF)");
  centre(sweep(&THRESHOLD, windows), VREF);
  centre(sweep(&STROBE, windows), RDQS);
  dram_command(MRS_MR3);
}

/* Tries the clocks one after another, with WDQ ahead of WDQS as given; bit n: lane n has found its clock. */
static u32 find_clock(u32 missing, s32 ahead) {
  u32 found = 0;
  for (s32 clock = 0; clock <= MOST_CLOCKS && (missing & ~found); clock++) {
    for (u32 n = 0; n < LANES; n++) {
      if ((missing & ~found) >> n & 1) {
        keep(n, WDQS, lanes[n].knob[WDQS] % CLOCK + clock * CLOCK);
        set_wdq(n, ahead);
      }
    }
    found |= hte_write_and_compare() & missing;
  }
  return found;
}

static void train_writes(void) {
  static const struct sweep DATA = {set_wdq, hte_write_and_compare, -64, 127, 8, 0};
  static const s8 AHEAD[] = {FIRST_WDQ, 16, 48, 0, 64, -16, 80, -32, 96, -48, 112, -64};
  u32 found = 0;
  post(POST_MEMORY_WRITES);
  for (u32 i = 0; i < COUNT(AHEAD) && found != ALL_LANES; i++) {
    found |= find_clock(ALL_LANES & ~found, AHEAD[i]);
  }
  require(found, "write training (WDQS, WDQ)");
  require(sweep(&DATA, windows), "write training (WDQ)");
  for (u32 n = 0; n < LANES; n++) {
    keep(n, WDQ, lanes[n].knob[WDQS] - middle(windows[n]));
  }
}

/* One knob of all lanes, `more` beside what is known. */
static void offset_all(const struct lane known[LANES], enum knob knob, s32 more) {
  for (u32 n = 0; n < LANES; n++) {
    lane_set(n, knob, known[n].knob[knob] + more);
  }
}

bool dram_restore(const struct lane known[LANES]) {
  static const s8 MARGINS[KNOBS] = {[RCVEN] = 16, [WDQ] = 4, [RDQS] = 4, [VREF] = 4};
  for (u32 knob = 0; knob < KNOBS; knob++) {
    offset_all(known, knob, 0);
  }
  u32 passed = hte_write_and_compare();
  for (u32 knob = 0; knob < KNOBS && passed == ALL_LANES; knob++) {
    if (MARGINS[knob]) {
      offset_all(known, knob, MARGINS[knob]);
      passed &= hte_write_and_compare();
      offset_all(known, knob, -MARGINS[knob]);
      passed &= hte_write_and_compare();
      offset_all(known, knob, 0);
    }
  }
  return passed == ALL_LANES;
}

void dram_train(struct lane results[LANES]) {
  lanes = results;
  set_all(VREF, FIRST_VREF);
  train_receive_enable();
  train_write_levelling();
  train_reads();
  train_writes();
  require(hte_write_and_compare(), "the last test");
}

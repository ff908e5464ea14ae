/* Looks for the delays at which each lane passes a test: all lanes at once, coarse steps first, then halves. */
#ifndef FW_SWEEP_H
#define FW_SWEEP_H

#include "dram_lanes.h"

struct window {
  s16 low;
  s16 high;
};

struct sweep {
  void (*set)(u32 lane, s32 value);
  u32 (*test)(void); /* bit n: lane n passes */
  s16 from;
  s16 to;
  s16 step;          /* a power of two, not above half a window */
  u8 edge;           /* only the first edge from failing to passing is wanted, as `low` */
};

/* The first window of each lane; bit n of the result: lane n has one. */
u32 sweep(const struct sweep *s, struct window windows[LANES]);

static inline s32 middle(struct window w) { return (w.low + w.high) / 2; }

#endif

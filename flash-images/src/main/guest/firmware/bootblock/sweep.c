#include "sweep.h"

/* Tries a value for each lane, those outside the sweep fail. */
static u32 try_values(const struct sweep *s, const s16 values[LANES]) {
  u32 allowed = 0;
  for (u32 n = 0; n < LANES; n++) {
    if (values[n] >= s->from && values[n] <= s->to) {
      s->set(n, values[n]);
      allowed |= 1u << n;
    }
  }
  return allowed ? s->test() & allowed : 0;
}

static u32 try_everywhere(const struct sweep *s, s32 value) {
  s16 values[LANES];
  for (u32 n = 0; n < LANES; n++) {
    values[n] = (s16)value;
  }
  return try_values(s, values);
}

/* Moves the low ends down, or the high ends up, as far as lanes still pass. */
static void refine(const struct sweep *s, struct window windows[LANES], u32 found, s32 direction) {
  s16 values[LANES];
  for (s32 half = s->step / 2; half > 0; half /= 2) {
    for (u32 n = 0; n < LANES; n++) {
      s32 end = direction < 0 ? windows[n].low : windows[n].high;
      values[n] = (s16)(found >> n & 1 ? end + direction * half : s->from - 1);
    }
    u32 passed = try_values(s, values);
    for (u32 n = 0; n < LANES; n++) {
      if (passed >> n & 1) {
        *(direction < 0 ? &windows[n].low : &windows[n].high) = values[n];
      }
    }
  }
}

u32 sweep(const struct sweep *s, struct window windows[LANES]) {
  u32 outside = s->edge ? 0 : ALL_LANES; /* lanes that were seen to fail, so that a window can begin */
  u32 found = 0;
  u32 ended = 0;
  for (s32 value = s->from; value <= s->to && ended != ALL_LANES; value += s->step) {
    u32 passed = try_everywhere(s, value);
    for (u32 n = 0; n < LANES; n++) {
      u32 bit = 1u << n;
      if (!(found & bit) && (passed & outside & bit)) {
        found |= bit;
        windows[n].low = (s16)value;
      }
      if ((found & passed & bit) && !(ended & bit)) {
        windows[n].high = (s16)value;
      }
      ended |= found & bit & (s->edge ? ~0u : ~passed);
    }
    outside |= ~passed;
  }
  refine(s, windows, found, -1);
  if (!s->edge) {
    refine(s, windows, found, 1);
  }
  return found;
}

/* Clocks by MSRs: what the bus runs at, and the time stamp counter. */
#ifndef FW_CLOCK_H
#define FW_CLOCK_H

#include "baytrail.h"
#include "processor.h"

/* The local APIC timer counts it. */
static inline u32 bus_khz(void) {
  static const u32 KHZ[4] = {83333, 100000, 133333, 116666};
  return KHZ[rdmsr(MSR_FSB_FREQ) & 3];
}

static inline u32 tsc_khz(void) { return ((u32)rdmsr(MSR_PLATFORM_INFO) >> 8 & 0xff) * bus_khz(); }

#endif

/*
 * Delays by polling an I/O-port timer: a port read takes its microsecond on the board and in virtual time, so waiting
 * costs few instructions, and no TSC frequency has to be known.
 */
#include "time.h"

#include "cpu.h"
#include "log.h"

#define PM_TIMER 0x408
#define PM_TIMER_HZ 3579545ull
#define PM_TIMER_MASK 0xFFFFFFu

#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PORT_B 0x61
#define PIT_HZ 1193182ull
#define PIT_LONGEST_US 50000u

static bool have_pm_timer;
static u64 counts_per_ms;

void time_init(void) {
  u32 first = inl(PM_TIMER);
  for (int i = 0; i < 100 && !have_pm_timer; i++) {
    u32 now = inl(PM_TIMER);
    have_pm_timer = now != first && now != 0xFFFFFFFF;
  }
  if (!have_pm_timer) {
    hv_log("no ACPI timer at port %x, delays by the PIT", PM_TIMER);
  }
}

static void pm_timer_delay(u32 microseconds) {
  u64 ticks = microseconds * PM_TIMER_HZ / 1000000 + 1;
  u32 last = inl(PM_TIMER) & PM_TIMER_MASK;
  while (ticks > 0) {
    u32 now = inl(PM_TIMER) & PM_TIMER_MASK;
    u32 passed = (now - last) & PM_TIMER_MASK;
    ticks = passed > ticks ? 0 : ticks - passed;
    last = now;
  }
}

/* Mode 0: the output (port 61h bit 5) rises when the count is over. */
static void pit_delay(u32 microseconds) {
  u32 count = (u32)(microseconds * PIT_HZ / 1000000 + 1);
  u8 port_b = inb(PORT_B);
  outb(PORT_B, (u8)((port_b & ~2) | 1));
  outb(PIT_COMMAND, 0xB0);
  outb(PIT_CHANNEL2, (u8)count);
  outb(PIT_CHANNEL2, (u8)(count >> 8));
  while (!(inb(PORT_B) & 0x20)) {
    pause();
  }
  outb(PORT_B, port_b);
}

void delay_us(u32 microseconds) {
  if (have_pm_timer) {
    pm_timer_delay(microseconds);
    return;
  }
  for (; microseconds > PIT_LONGEST_US; microseconds -= PIT_LONGEST_US) {
    pit_delay(PIT_LONGEST_US);
  }
  pit_delay(microseconds);
}

void time_calibrate(void) {
  u64 begin = rdtsc();
  delay_us(1000);
  counts_per_ms = rdtsc() - begin;
}

u64 time_us(u64 counts) { return counts_per_ms ? counts * 1000 / counts_per_ms : 0; }

u64 time_counts(u64 microseconds) { return microseconds * counts_per_ms / 1000; }

bool wait_for(const volatile u32 *word, u32 value, u32 microseconds) {
  for (u32 waited = 0; waited < microseconds; waited += 20) {
    if (*word == value) {
      return true;
    }
    delay_us(20);
  }
  return *word == value;
}

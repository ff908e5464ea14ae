/*
 * The two tasks: one reports how regular the tick is, the other computes for longer than a tick every few ticks, without
 * giving way.
 */
#include "rtos.h"

#define WORK_PERIOD 8 /* ticks */
#define WORK_CANDIDATES 600

static volatile u32 primes = 1;

static void report(void) {
  u32 next = REPORT_TICKS;
  for (;;) {
    while (rtos_clock.ticks < next) {
      __asm__ volatile("hlt");
    }
    print("tick %u, longest gap %u us, lost %u, primes %u", next, rtos_clock.longest_gap / rtos_clock.counts_per_us,
          rtos_clock.lost, primes);
    next += REPORT_TICKS;
  }
}

static bool is_prime(u32 n) {
  for (u32 d = 3; d * d <= n; d += 2) {
    if (n % d == 0) {
      return false;
    }
  }
  return true;
}

static void compute(void) {
  u32 candidate = 10001;
  for (u32 next = WORK_PERIOD;; next += WORK_PERIOD) {
    for (u32 i = 0; i < WORK_CANDIDATES; i++, candidate += 2) {
      primes += is_prime(candidate);
    }
    while (rtos_clock.ticks < next) {
      __asm__ volatile("hlt");
    }
  }
}

void rtos_main(void);
void rtos_main(void) {
  uart_init();
  tick_init();
  print("RTOS: tick of 1 ms, %u time-stamp counts", rtos_clock.counts_per_tick);
  task_create(0, report);
  task_create(1, compute);
  task_run();
}

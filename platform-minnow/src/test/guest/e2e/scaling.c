/*
 * A job of four equal pieces, done by one core alone and then by four at once, with the time-stamp counter read before
 * and after. Says whether all got the same results, and how many hundredths of the first time the second took.
 */
#include "cores.h"

#ifndef PIECES
#define PIECES 4
#endif
#ifndef STEPS
#define STEPS 500000u
#endif

volatile u32 go, done;
volatile u32 results[PIECES];

static u32 piece(u32 number) {
  u32 x = 2463534242u + number;
  for (u32 i = 0; i < STEPS; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
  }
  return x;
}

void core(u32 number) {
  while (!go) {
    __asm__ volatile("pause");
  }
  results[number] = piece(number);
  __asm__ volatile("lock incl %0" : "+m"(done));
}

static u32 ticks(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return low >> 10 | high << 22;
}

void program(void) {
  u32 alone[PIECES], same = 1;
  u32 begin = ticks();
  for (u32 i = 0; i < PIECES; i++) {
    alone[i] = piece(i);
  }
  u32 time_alone = ticks() - begin;
  start_others();
  say_line("scaling: cores ", cores);
  begin = ticks();
  go = 1;
  core(0);
  while (done < PIECES) {
    __asm__ volatile("pause");
  }
  u32 time_together = ticks() - begin;
  for (u32 i = 0; i < PIECES; i++) {
    same &= results[i] == alone[i];
  }
  say_line("scaling: same results ", same);
  say_line("scaling: hundredths ", time_together * 100 / time_alone);
  power_off();
}

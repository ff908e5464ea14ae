/*
 * The primary VM's program in tests of restarts. A word in memory that the program is not loaded to counts its starts:
 * the first one makes something happen (-DCALL=N: hypercall to start VM N again; -DFAULT: a triple fault; neither: waits
 * to be started again by the operator), the second looks around and powers off.
 */
#include "cells.h"

#define STARTS 0x600000u
#define MAGIC 0x5354u

static void spend_milliseconds(u32 count) {
  for (u32 i = 0; i < count * 1000; i++) {
    inb(0x80);
  }
}

static void first(void) {
  spend_milliseconds(300);
#if defined(CALL)
  say_line("primary: call gave ", vm_restart(CALL));
#elif defined(FAULT)
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) none = {0, 0};
  __asm__ volatile("lidt %0\n ud2" : : "m"(none));
#endif
  spend_milliseconds(300);
  say("primary: waiting\r\n");
  spend_milliseconds(3000);
}

void program(void) {
  u32 starts = read32(STARTS) >> 16 == MAGIC ? (read32(STARTS) & 0xFFFF) + 1 : 1;
  write32(STARTS, MAGIC << 16 | starts);
  say_line("primary: start ", starts);
  if (starts == 1) {
    first();
  } else {
    spend_milliseconds(300);
  }
  say_line("primary: cell started again ", vm_state(1).restarts);
  say_line("primary: cell running ", vm_state(1).running);
  power_off();
}

/* A cell that ends in the way it is built for: -DEND_TRIPLE_FAULT, -DEND_PORT, -DEND_MEMORY, -DEND_MSR, -DEND_TASK. */
#include "cells.h"

void program(void) {
  say("hello\r\n");
#if defined(END_TRIPLE_FAULT)
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) none = {0, 0};
  __asm__ volatile("lidt %0\n ud2" : : "m"(none));
#elif defined(END_PORT)
  outb(0x64, 0xFE); /* the keyboard controller's reset of the whole board */
#elif defined(END_MEMORY)
  write32(0x10000000, 1);
#elif defined(END_MSR)
  __asm__ volatile("wrmsr" : : "c"(0x2FF), "a"(0), "d"(0));
#endif
  say("still here\r\n");
}

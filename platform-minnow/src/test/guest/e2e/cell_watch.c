/*
 * The primary VM's program beside a hostile cell (VM 2): notes the state of the board, waits until the cell has swept,
 * and looks again.
 */
#include "cells.h"

#define PATTERN_FROM 0x800000u
#define PATTERN_TO 0x60000000u
#define PATTERN_STEP 0x2000u
#define HOSTILE 2

#define NOTES 4096
static u32 notes[NOTES];
static u32 changes;

static void note(u32 *at, bool again, u32 value) {
  if (again && notes[*at] != value) {
    changes++;
    say_line("changed: note ", *at);
  }
  notes[*at] = value;
  (*at)++;
}

static u32 pci(u32 function, u32 offset) {
  outl(0xCF8, 0x80000000u | function << 8 | offset);
  return inl(0xCFC);
}

static u64 msr(u32 index) {
  u32 low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return (u64)high << 32 | low;
}

static u32 ioapic(u32 index) {
  write32(0xFEC00000, index);
  return read32(0xFEC00010);
}

static void take_notes(bool again) {
  static const u32 msrs[] = {0x1B, 0x8B, 0x174, 0x277, 0x2FF, 0x200, 0x201, 0x202, 0x203, 0xC0000080, 0xC0000082};
  static const u16 ports[] = {0x21, 0xA1, 0x61, 0x92, 0x404, 0x420, 0x430, 0x460, 0x70};
  u32 at = 0;
  for (u32 function = 0; function < 256; function++) {
    for (u32 offset = 0; offset < 64 && pci(function, 0) != 0xFFFFFFFF; offset += 4) {
      note(&at, again, pci(function, offset));
    }
  }
  for (u32 i = 0; i < 0x60; i++) {
    note(&at, again, ioapic(0x10 + i));
  }
  for (u32 i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
    note(&at, again, (u32)msr(msrs[i]));
    note(&at, again, (u32)(msr(msrs[i]) >> 32));
  }
  for (u32 i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
    note(&at, again, inb(ports[i]));
  }
  for (u32 i = 0x8; i <= 0x38; i++) {
    note(&at, again, read32(0xFEE00000 + (i << 4)));
  }
  for (u32 i = 0; i < 0x100; i++) {
    note(&at, again, read32(0xFF800000 + i * 0x8000));
  }
}

static void pattern(bool again) {
  for (u32 at = PATTERN_FROM; at < PATTERN_TO; at += PATTERN_STEP) {
    u32 value = at * 2654435761u;
    if (!again) {
      write32(at, value);
    } else if (read32(at) != value) {
      changes++;
    }
  }
}

static void wait_for_sweep(void) {
  u32 seen = 0;
  for (u32 quiet = 0; quiet < 50; quiet++) {
    for (u32 i = 0; i < 20000; i++) {
      inb(0x80); /* about a microsecond */
    }
    u32 now = vm_state(HOSTILE).violations;
    if (now != seen) {
      quiet = 0;
    }
    seen = now;
  }
  say_line("watch: violations ", seen);
}

void program(void) {
  pattern(false);
  take_notes(false);
  say("watch: noted\r\n");
  wait_for_sweep();
  take_notes(true);
  pattern(true);
  say_line("watch: hostile VM runs ", vm_state(HOSTILE).running);
  say_line("watch: changes ", changes);
  power_off();
}

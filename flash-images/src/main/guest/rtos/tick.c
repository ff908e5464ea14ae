/* Interrupt table, local APIC timer, and the measure of time: no tick may be late by half a period. */
#include "rtos.h"

#define VECTORS 256
#define TICK_VECTOR 0x40
#define SPURIOUS_VECTOR 0xFF
#define EXCEPTIONS 32
#define CODE 0x08
#define INTERRUPT_GATE 0x8E00u

#define APIC 0xFEE00000u
#define APIC_TPR 0x80
#define APIC_EOI 0xB0
#define APIC_SVR 0xF0
#define APIC_LVT_TIMER 0x320
#define APIC_INITIAL_COUNT 0x380
#define APIC_DIVIDE 0x3E0
#define DIVIDE_BY_1 0xB
#define PERIODIC 0x20000u

#define MSR_FSB_FREQ 0xCD
#define MSR_PLATFORM_INFO 0xCE

extern const char tick_stub[], spurious_stub[], fault_stubs[];

struct gate {
  u16 offset_low, selector;
  u32 offset_high_type;
};

struct clock rtos_clock;

static struct gate idt[VECTORS];
static u32 last;

static void set_gate(u32 vector, u32 handler) {
  idt[vector] = (struct gate){(u16)handler, CODE, (handler & 0xFFFF0000) | INTERRUPT_GATE};
}

/* Exceptions are defects: say which and stop. */
void fault(u32 vector, u32 error_code, u32 eip) {
  print("FAULT: vector %u, error code %x at %x", vector, error_code, eip);
  for (;;) {
    __asm__ volatile("cli; hlt");
  }
}

static void load_idt(void) {
  for (u32 vector = 0; vector < VECTORS; vector++) {
    set_gate(vector, vector < EXCEPTIONS ? (u32)fault_stubs + 16 * vector : (u32)spurious_stub);
  }
  set_gate(TICK_VECTOR, (u32)tick_stub);
  struct {
    u16 limit;
    u32 base;
  } PACKED pointer = {sizeof(idt) - 1, (u32)idt};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

/* Bus clock in kHz by MSR_FSB_FREQ (Silvermont). */
static u32 bus_khz(void) {
  static const u32 khz[] = {83333, 100000, 133333, 116666};
  return khz[rdmsr(MSR_FSB_FREQ) & 3];
}

void tick_init(void) {
  u32 bus = bus_khz();
  u32 ratio = (u32)rdmsr(MSR_PLATFORM_INFO) >> 8 & 0xFF;
  rtos_clock.counts_per_tick = bus * ratio;
  rtos_clock.counts_per_us = bus * ratio / 1000;
  load_idt();
  mmio_write32(APIC + APIC_TPR, 0);
  mmio_write32(APIC + APIC_SVR, 0x100 | SPURIOUS_VECTOR);
  mmio_write32(APIC + APIC_DIVIDE, DIVIDE_BY_1);
  mmio_write32(APIC + APIC_LVT_TIMER, PERIODIC | TICK_VECTOR);
  mmio_write32(APIC + APIC_INITIAL_COUNT, bus);
  last = (u32)rdtsc();
}

static void measure(void) {
  u32 now = (u32)rdtsc();
  u32 gap = now - last;
  last = now;
  if (gap > rtos_clock.longest_gap) {
    rtos_clock.longest_gap = gap;
  }
  u32 period = rtos_clock.counts_per_tick;
  if (gap > period + period / 2) {
    rtos_clock.lost += (gap - period / 2) / period;
  }
}

u32 tick(u32 esp) {
  rtos_clock.ticks++;
  measure();
  mmio_write32(APIC + APIC_EOI, 0);
  return task_switch(esp);
}

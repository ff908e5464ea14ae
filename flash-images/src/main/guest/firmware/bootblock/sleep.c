#include "sleep.h"

#include "baytrail.h"
#include "clock.h"
#include "lapic.h"

#define VECTOR 0x20u
#define CODE_SELECTOR 8u
#define INTERRUPT_GATE 0x8e00u

void timer_interrupt(void);

/* In cache-as-RAM: the IDT is there only while this waits. */
static struct {
  u32 low;
  u32 high;
} idt[VECTOR + 1];

static void load_idt(void) {
  struct {
    u16 limit;
    u32 base;
  } PACKED pointer = {sizeof(idt) - 1, (u32)(uptr)idt};
  u32 handler = (u32)(uptr)timer_interrupt;
  idt[VECTOR].low = CODE_SELECTOR << 16 | (handler & 0xffff);
  idt[VECTOR].high = (handler & 0xffff0000u) | INTERRUPT_GATE;
  __asm__ volatile("lidt %0" : : "m"(pointer), "m"(idt));
}

void sleep_ms(u32 milliseconds) {
  load_idt();
  lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | 0xff);
  lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_DIVIDE_BY_1);
  lapic_write(LAPIC_LVT_TIMER, VECTOR);
  lapic_write(LAPIC_TIMER_INITIAL, milliseconds * bus_khz());
  __asm__ volatile("sti; hlt; cli" : : : "memory");
  lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
  lapic_write(LAPIC_SVR, 0xff);
}

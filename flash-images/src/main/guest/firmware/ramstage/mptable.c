/* MultiProcessor Specification 1.4: floating pointer, then the configuration table right behind it. */
#include "bytes.h"

#define ENTRY_PROCESSOR 0
#define ENTRY_BUS 1
#define ENTRY_IOAPIC 2
#define ENTRY_IO_INTERRUPT 3
#define ENTRY_LOCAL_INTERRUPT 4
#define INTERRUPT_INT 0
#define INTERRUPT_NMI 1
#define INTERRUPT_EXTINT 3
#define ACTIVE_HIGH_EDGE 5
#define ACTIVE_LOW_LEVEL 15
#define FLOATING_SIZE 16

static u32 entries;

static void add_processors(struct bytes *b) {
  for (u32 i = 0; i < machine.cpu_count; i++) {
    put8(b, ENTRY_PROCESSOR);
    put8(b, machine.apic_ids[i]);
    put8(b, 0x14);
    put8(b, i == 0 ? 3 : 1);
    put32(b, machine.cpu_signature);
    put32(b, cpuid(1, 0).edx);
    put64(b, 0);
    entries++;
  }
}

static void add_bus(struct bytes *b, u32 id, const char *type) {
  put8(b, ENTRY_BUS);
  put8(b, id);
  put_text(b, type, 6);
  entries++;
}

static void add_interrupt(struct bytes *b, u32 kind, u32 type, u32 flags, u32 bus, u32 source, u32 apic, u32 input) {
  put8(b, kind);
  put8(b, type);
  put16(b, flags);
  put8(b, bus);
  put8(b, source);
  put8(b, apic);
  put8(b, input);
  entries++;
}

static u32 last_bus(void) {
  u32 last = 0;
  for (u32 i = 0; i < machine.function_count; i++) {
    if (PCI_BUS(machine.functions[i].at) > last) {
      last = PCI_BUS(machine.functions[i].at);
    }
  }
  return last;
}

u32 mp_table(u8 *at, u32 room) {
  struct bytes b = {at, 0, room};
  u32 isa = last_bus() + 1;
  entries = 0;
  put_zeros(&b, FLOATING_SIZE);
  put_text(&b, "PCMP", 4);
  put16(&b, 0);
  put8(&b, 4);
  put8(&b, 0);
  put_text(&b, "BITTERLN", 8);
  put_text(&b, "MINNOW MAX", 12);
  put32(&b, 0);
  put16(&b, 0);
  u32 count_at = b.used;
  put16(&b, 0);
  put32(&b, LAPIC_BASE);
  put32(&b, 0);
  add_processors(&b);
  for (u32 i = 0; i < isa; i++) {
    add_bus(&b, i, "PCI   ");
  }
  add_bus(&b, isa, "ISA   ");
  put8(&b, ENTRY_IOAPIC);
  put8(&b, IOAPIC_ID);
  put8(&b, 0x20);
  put8(&b, 1);
  put32(&b, IOAPIC_BASE);
  entries++;
  for (u32 irq = 0; irq < 16; irq++) {
    if (irq != 2) {
      add_interrupt(&b, ENTRY_IO_INTERRUPT, INTERRUPT_INT, irq == SCI_IRQ ? ACTIVE_HIGH_EDGE | 8 : ACTIVE_HIGH_EDGE,
                    isa, irq, IOAPIC_ID, irq == 0 ? 2 : irq);
    }
  }
  for (u32 i = 0; i < machine.function_count; i++) {
    const struct function *f = &machine.functions[i];
    if (f->pin) {
      add_interrupt(&b, ENTRY_IO_INTERRUPT, INTERRUPT_INT, ACTIVE_LOW_LEVEL, PCI_BUS(f->at),
                    PCI_DEV(f->at) << 2 | (f->pin - 1u), IOAPIC_ID, PIRQ_FIRST_GSI + f->pirq);
    }
  }
  add_interrupt(&b, ENTRY_LOCAL_INTERRUPT, INTERRUPT_EXTINT, 0, isa, 0, 0xff, 0);
  add_interrupt(&b, ENTRY_LOCAL_INTERRUPT, INTERRUPT_NMI, 0, isa, 0, 0xff, 1);
  u32 length = b.used - FLOATING_SIZE;
  patch(&b, FLOATING_SIZE + 4, length, 2);
  patch(&b, count_at, entries, 2);
  patch(&b, FLOATING_SIZE + 7, checksum8(at + FLOATING_SIZE, length), 1);
  memcpy(at, "_MP_", 4);
  patch(&b, 4, (u32)(uptr)at + FLOATING_SIZE, 4);
  patch(&b, 8, 1, 1);
  patch(&b, 9, 4, 1);
  patch(&b, 10, checksum8(at, FLOATING_SIZE), 1);
  return b.used;
}

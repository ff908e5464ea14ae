/* The PCI interrupt routing table ($PIR): which PIRQ line each slot's pins are wired to. */
#include "bytes.h"

#define HEADER_SIZE 32
#define ILB_PIRQ_OFFSET 8

static int first_of_device(u32 index) {
  for (u32 i = 0; i < index; i++) {
    if (machine.functions[i].at >> 15 == machine.functions[index].at >> 15) {
      return 0;
    }
  }
  return 1;
}

u32 pirq_table(u8 *at, u32 room) {
  struct bytes b = {at, 0, room};
  u32 irqs = 0;
  for (u32 i = 0; i < PIRQ_LINES; i++) {
    irqs |= 1u << pirq_irq(i);
  }
  put_text(&b, "$PIR", 4);
  put16(&b, 0x0100);
  put16(&b, 0);
  put8(&b, 0);
  put8(&b, 0x1f << 3);
  put16(&b, irqs);
  put16(&b, PCI_VENDOR_INTEL);
  put16(&b, pci_read16(LPC_BRIDGE, 2));
  put_zeros(&b, 16);
  for (u32 i = 0; i < machine.function_count; i++) {
    const struct function *f = &machine.functions[i];
    if (!first_of_device(i) || f->parent >= 0) {
      continue;
    }
    put8(&b, PCI_BUS(f->at));
    put8(&b, PCI_DEV(f->at) << 3);
    for (u32 pin = 0; pin < 4; pin++) {
      put8(&b, ILB_PIRQ_OFFSET + ((pin + PCI_DEV(f->at)) & 7));
      put16(&b, irqs);
    }
    put16(&b, 0);
  }
  patch(&b, 6, b.used, 2);
  patch(&b, HEADER_SIZE - 1, checksum8(at, b.used), 1);
  return b.used;
}

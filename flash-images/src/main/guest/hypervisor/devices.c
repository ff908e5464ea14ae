#include "devices.h"

#include "processor.h"
#include "types.h"

#define PCI_ADDRESS 0xCF8
#define PCI_DATA 0xCFC
#define PCI_BUSES 4
#define PCI_ENABLE 0x80000000u
#define PCI_COMMAND 0x04
#define PCI_HEADER 0x0C
#define PCI_CAPABILITIES 0x34
#define COMMAND_MASTER 0x4u
#define COMMAND_NO_INTERRUPT 0x400u
#define STATUS_CAPABILITIES 0x100000u
#define CAPABILITY_MSI 5
#define MSI_ENABLE 0x10000u
#define MULTIFUNCTION 0x800000u
#define CAPABILITY_LIMIT 48

#define IOAPIC_INDEX 0xFEC00000
#define IOAPIC_DATA 0xFEC00010
#define IOAPIC_VERSION 1
#define IOAPIC_TABLE 0x10
#define RTE_MASKED 0x10000u
#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK 0xA1
#define HPET_CONFIGURATION 0xFED00010
#define HPET_RUNNING 0x3u /* main counter, legacy replacement */

static u32 pci_read(u32 function, u32 offset) {
  outl(PCI_ADDRESS, PCI_ENABLE | function << 8 | offset);
  return inl(PCI_DATA);
}

static void pci_write(u32 function, u32 offset, u32 value) {
  outl(PCI_ADDRESS, PCI_ENABLE | function << 8 | offset);
  outl(PCI_DATA, value);
}

static void quiet_messages(u32 function) {
  u32 at = pci_read(function, PCI_CAPABILITIES) & 0xFC;
  for (int i = 0; at >= 0x40 && i < CAPABILITY_LIMIT; i++) {
    u32 head = pci_read(function, at);
    if ((head & 0xFF) == CAPABILITY_MSI) {
      pci_write(function, at, head & ~MSI_ENABLE);
    }
    at = head >> 8 & 0xFC;
  }
}

static void quiet_function(u32 function) {
  u32 command = pci_read(function, PCI_COMMAND);
  if (command & STATUS_CAPABILITIES) {
    quiet_messages(function);
  }
  /* Status bits are cleared by writing ones: write zeros there. */
  pci_write(function, PCI_COMMAND, (command & 0xFFFF & ~COMMAND_MASTER) | COMMAND_NO_INTERRUPT);
}

static bool is_bridge(u32 function) { return pci_read(function, PCI_HEADER) >> 16 & 0x7F; }

static void quiet_device(u32 device) {
  u32 functions = pci_read(device, PCI_HEADER) & MULTIFUNCTION ? 8 : 1;
  for (u32 function = device; function < device + functions; function++) {
    if ((pci_read(function, 0) & 0xFFFF) != 0xFFFF && !is_bridge(function)) {
      quiet_function(function);
    }
  }
}

static void mask_ioapic(void) {
  mmio_write32(IOAPIC_INDEX, IOAPIC_VERSION);
  u32 last = mmio_read32(IOAPIC_DATA) >> 16 & 0xFF;
  for (u32 i = 0; i <= last; i++) {
    mmio_write32(IOAPIC_INDEX, IOAPIC_TABLE + 2 * i);
    mmio_write32(IOAPIC_DATA, RTE_MASKED);
  }
}

void devices_quiet(void) {
  for (u32 device = 0; device < PCI_BUSES << 8; device += 8) {
    if ((pci_read(device, 0) & 0xFFFF) != 0xFFFF) {
      quiet_device(device);
    }
  }
  mask_ioapic();
  outb(PIC_MASTER_MASK, 0xFF);
  outb(PIC_SLAVE_MASK, 0xFF);
  mmio_write32(HPET_CONFIGURATION, mmio_read32(HPET_CONFIGURATION) & ~HPET_RUNNING);
}

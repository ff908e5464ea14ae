/* POST codes and PCI configuration space, besides what processor.h has. */
#ifndef FW_IO_H
#define FW_IO_H

#include "processor.h"

/* POST codes are listed in docs/firmware.md. */
static inline void post(u8 code) { outb(0x80, code); }

/* A PCI function in the layout of a memory-mapped configuration address: bus 27:20, device 19:15, function 14:12. */
typedef u32 pci_fn;
#define PCI_FN(bus, device, function) ((u32)(bus) << 20 | (u32)(device) << 15 | (u32)(function) << 12)
#define PCI_BUS(fn) ((fn) >> 20 & 0xff)
#define PCI_DEV(fn) ((fn) >> 15 & 0x1f)
#define PCI_FUNC(fn) ((fn) >> 12 & 7)

#define MMCONF_BASE 0xe0000000u

static inline u8 pci_read8(pci_fn fn, u32 reg) { return mmio_read8(MMCONF_BASE | fn | reg); }
static inline u16 pci_read16(pci_fn fn, u32 reg) { return mmio_read16(MMCONF_BASE | fn | reg); }
static inline u32 pci_read32(pci_fn fn, u32 reg) { return mmio_read32(MMCONF_BASE | fn | reg); }
static inline void pci_write8(pci_fn fn, u32 reg, u8 v) { mmio_write8(MMCONF_BASE | fn | reg, v); }
static inline void pci_write16(pci_fn fn, u32 reg, u16 v) { mmio_write16(MMCONF_BASE | fn | reg, v); }
static inline void pci_write32(pci_fn fn, u32 reg, u32 v) { mmio_write32(MMCONF_BASE | fn | reg, v); }

#endif

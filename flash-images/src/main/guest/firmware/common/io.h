/* Ports, memory-mapped registers, MSRs, CPUID and PCI configuration space. */
#ifndef FW_IO_H
#define FW_IO_H

#include "types.h"

static inline void outb(u16 port, u8 value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
static inline void outw(u16 port, u16 value) {
  __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
static inline void outl(u16 port, u32 value) {
  __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}
static inline u8 inb(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline u16 inw(u16 port) {
  u16 value;
  __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline u32 inl(u16 port) {
  u32 value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static inline u8 mmio_read8(u32 address) { return *(volatile u8 *)(uptr)address; }
static inline u16 mmio_read16(u32 address) { return *(volatile u16 *)(uptr)address; }
static inline u32 mmio_read32(u32 address) { return *(volatile u32 *)(uptr)address; }
static inline void mmio_write8(u32 address, u8 value) { *(volatile u8 *)(uptr)address = value; }
static inline void mmio_write16(u32 address, u16 value) { *(volatile u16 *)(uptr)address = value; }
static inline void mmio_write32(u32 address, u32 value) { *(volatile u32 *)(uptr)address = value; }

static inline u64 rdmsr(u32 index) {
  u32 low;
  u32 high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return (u64)high << 32 | low;
}
static inline void wrmsr(u32 index, u64 value) {
  __asm__ volatile("wrmsr" : : "c"(index), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}
static inline u64 rdtsc(void) {
  u32 low;
  u32 high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64)high << 32 | low;
}

struct cpuid {
  u32 eax;
  u32 ebx;
  u32 ecx;
  u32 edx;
};
static inline struct cpuid cpuid(u32 leaf, u32 subleaf) {
  struct cpuid r;
  __asm__ volatile("cpuid"
                   : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                   : "a"(leaf), "c"(subleaf));
  return r;
}

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

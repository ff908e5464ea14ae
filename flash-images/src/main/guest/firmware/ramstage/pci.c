/* PCI: find the functions, give their base registers addresses, route their interrupts, start the SATA controller. */
#include "ramstage.h"

#define REG_COMMAND 0x04
#define REG_CLASS 0x08
#define REG_HEADER 0x0e
#define REG_BAR0 0x10
#define REG_BUSES 0x18
#define REG_IO_WINDOW 0x1c
#define REG_MEMORY_WINDOW 0x20
#define REG_PREFETCH_WINDOW 0x24
#define REG_IO_UPPER 0x30
#define REG_ROM 0x30
#define REG_BRIDGE_ROM 0x38
#define REG_LINE 0x3c
#define REG_PIN 0x3d
#define REG_CACHE_LINE 0x0c

#define COMMAND_IO 1
#define COMMAND_MEMORY 2
#define COMMAND_MASTER 4

#define FIRST_IO 0x2000u
#define IO_LIMIT 0xffffu
#define BRIDGE_IO_STEP 0x1000u
#define BRIDGE_MEMORY_STEP MIB

#define SATA_MAP 0x90
#define SATA_MAP_MODE 0x03e0
#define SATA_MAP_AHCI 0x0060
#define SATA_PCS 0x92
#define SATA_PORTS 3
#define AHCI_BAR 0x24
#define AHCI_PORTS_IMPLEMENTED 0x0c
#define AHCI_CONTROL 0x04
#define AHCI_ENABLE 0x80000000u

static u32 next_bus;
static u32 io_cursor;
static u32 memory_cursor;

u8 pirq_irq(u32 pirq) { return pirq & 1 ? 10 : 11; }

static int is_bridge(const struct function *f) { return (f->header & 0x7f) == 1; }

/* Size of the region behind a base register: write ones, see which bits stay 0. */
static u32 bar_size(pci_fn at, u32 reg, u32 fixed_bits) {
  u32 saved = pci_read32(at, reg);
  pci_write32(at, reg, 0xffffffffu);
  u32 mask = pci_read32(at, reg) & ~fixed_bits;
  pci_write32(at, reg, saved);
  return mask & (0 - mask);
}

static void read_bars(struct function *f) {
  u32 registers = is_bridge(f) ? 2 : 6;
  for (u32 i = 0; i < registers; i++) {
    u32 reg = REG_BAR0 + 4 * i;
    u32 value = pci_read32(f->at, reg);
    u32 is_io = value & 1;
    u32 is_64 = !is_io && (value & 6) == 4;
    u32 size = bar_size(f->at, reg, is_io ? 3 : 15);
    if (size) {
      struct bar *bar = &f->bars[f->bar_count++];
      bar->reg = (u8)reg;
      bar->is_io = (u8)is_io;
      bar->is_64 = (u8)is_64;
      bar->size = size;
    }
    if (is_64) {
      i++;
    }
  }
  pci_write32(f->at, is_bridge(f) ? REG_BRIDGE_ROM : REG_ROM, 0);
}

static void scan_bus(u32 bus, s32 parent);

static void scan_below(u32 index) {
  struct function *f = &machine.functions[index];
  u32 primary = PCI_BUS(f->at);
  u32 secondary = ++next_bus;
  f->bus_below = (u8)secondary;
  pci_write32(f->at, REG_BUSES, primary | secondary << 8 | 0xffu << 16);
  scan_bus(secondary, (s32)index);
  pci_write32(f->at, REG_BUSES, primary | secondary << 8 | next_bus << 16);
}

static void add_function(pci_fn at, u32 id, s32 parent) {
  if (machine.function_count == MAX_FUNCTIONS) {
    fatal(POST_ERROR_PCI, "more than %u PCI functions", MAX_FUNCTIONS);
  }
  u32 index = machine.function_count++;
  struct function *f = &machine.functions[index];
  f->at = at;
  f->vendor = (u16)id;
  f->device = (u16)(id >> 16);
  f->class_code = pci_read32(at, REG_CLASS) >> 8;
  f->header = pci_read8(at, REG_HEADER);
  f->parent = parent;
  pci_write16(at, REG_COMMAND, pci_read16(at, REG_COMMAND) & ~(COMMAND_IO | COMMAND_MEMORY));
  if (at == SATA_CONTROLLER) {
    /* The mode decides class and base registers, so it comes before them. */
    pci_write16(at, SATA_MAP, (u16)((pci_read16(at, SATA_MAP) & ~SATA_MAP_MODE) | SATA_MAP_AHCI));
    pci_write16(at, SATA_PCS, pci_read16(at, SATA_PCS) | SATA_PORTS);
    f->device = pci_read16(at, 2);
    f->class_code = pci_read32(at, REG_CLASS) >> 8;
  }
  u8 pin = pci_read8(at, REG_PIN);
  f->pin = pin <= 4 ? pin : 0;
  read_bars(f);
  print("pci %02x:%02x.%u %04x:%04x class %06x%s\n", PCI_BUS(at), PCI_DEV(at), PCI_FUNC(at), f->vendor, f->device,
        f->class_code, is_bridge(f) ? " bridge" : "");
  if (is_bridge(f) && next_bus < 0xfe) {
    scan_below(index);
  }
}

static void scan_bus(u32 bus, s32 parent) {
  for (u32 device = 0; device < 32; device++) {
    for (u32 function = 0; function < 8; function++) {
      pci_fn at = PCI_FN(bus, device, function);
      u32 id = pci_read32(at, 0);
      if ((id & 0xffff) == 0xffff || (id & 0xffff) == 0) {
        if (function == 0) {
          break;
        }
        continue;
      }
      add_function(at, id, parent);
      if (function == 0 && !(pci_read8(at, REG_HEADER) & 0x80)) {
        break;
      }
    }
  }
}

/* Functions whose pins lead nowhere on this board: no system has to look for what they could have. */
static void switch_off_unused(void) {
  u32 unused = FUNC_DIS_LPSS | FUNC_DIS_EMMC | FUNC_DIS_SDIO | FUNC_DIS_EMMC45 | FUNC_DIS_HDA | FUNC_DIS_LPE;
  mmio_write32(FUNC_DIS, mmio_read32(FUNC_DIS) | unused);
}

void pci_scan(void) {
  switch_off_unused();
  next_bus = 0;
  scan_bus(0, -1);
}

static void place(struct function *f, struct bar *bar) {
  u32 *cursor = bar->is_io ? &io_cursor : &memory_cursor;
  u32 limit = bar->is_io ? IO_LIMIT : MMCONF_BASE - 1;
  u32 align = bar->is_io || bar->size >= 4 * KIB ? bar->size : 4 * KIB;
  u32 base = ALIGN_UP(*cursor, align);
  if (base < *cursor || base > limit || bar->size - 1 > limit - base) {
    fatal(POST_ERROR_PCI, "no room for %02x:%02x.%u register %02x: %x bytes of %s", PCI_BUS(f->at), PCI_DEV(f->at),
          PCI_FUNC(f->at), bar->reg, bar->size, bar->is_io ? "ports" : "memory");
  }
  bar->base = base;
  *cursor = base + bar->size;
  pci_write32(f->at, bar->reg, base);
  if (bar->is_64) {
    pci_write32(f->at, bar->reg + 4u, 0);
  }
  print("pci %02x:%02x.%u register %02x: %s %08x size %x\n", PCI_BUS(f->at), PCI_DEV(f->at), PCI_FUNC(f->at), bar->reg,
        bar->is_io ? "ports " : "memory", base, bar->size);
}

/* Largest first, so that alignment wastes nothing. */
static void place_bars(s32 parent, u32 is_io) {
  for (;;) {
    struct function *owner = NULL;
    struct bar *largest = NULL;
    for (u32 i = 0; i < machine.function_count; i++) {
      struct function *f = &machine.functions[i];
      for (u32 k = 0; f->parent == parent && k < f->bar_count; k++) {
        struct bar *bar = &f->bars[k];
        if (bar->is_io == is_io && !bar->base && (!largest || bar->size > largest->size)) {
          largest = bar;
          owner = f;
        }
      }
    }
    if (!largest) {
      return;
    }
    place(owner, largest);
  }
}

static void assign_bus(s32 parent);

/* Opens a bridge's windows around what its bus got; an empty window has its base above its limit. */
static void assign_bridge(u32 index) {
  struct function *f = &machine.functions[index];
  u32 io = io_cursor = ALIGN_UP(io_cursor, BRIDGE_IO_STEP);
  u32 memory = memory_cursor = ALIGN_UP(memory_cursor, BRIDGE_MEMORY_STEP);
  assign_bus((s32)index);
  u32 io_end = io_cursor = ALIGN_UP(io_cursor, BRIDGE_IO_STEP);
  u32 memory_end = memory_cursor = ALIGN_UP(memory_cursor, BRIDGE_MEMORY_STEP);
  pci_write16(f->at, REG_IO_WINDOW, io == io_end ? 0x00f0 : (u16)((io >> 8 & 0xf0) | ((io_end - 1) & 0xf000)));
  pci_write32(f->at, REG_IO_UPPER, 0);
  pci_write32(f->at, REG_MEMORY_WINDOW,
              memory == memory_end ? 0x0000fff0 : (memory >> 16 & 0xfff0) | ((memory_end - 1) & 0xfff00000u));
  pci_write32(f->at, REG_PREFETCH_WINDOW, 0x0000fff0);
}

static void assign_bus(s32 parent) {
  place_bars(parent, 0);
  place_bars(parent, 1);
  for (u32 i = 0; i < machine.function_count; i++) {
    if (machine.functions[i].parent == parent && is_bridge(&machine.functions[i])) {
      assign_bridge(i);
    }
  }
}

/* The PIRQ line of a pin: rotated by device number, and through each bridge's own pin on the way up. */
static u32 pirq_of(const struct function *f) {
  u32 pin = f->pin - 1u;
  while (f->parent >= 0) {
    pin = (pin + PCI_DEV(f->at)) & 3;
    f = &machine.functions[f->parent];
  }
  return (pin + PCI_DEV(f->at)) & 7;
}

static void route_interrupts(void) {
  for (u32 i = 0; i < PIRQ_LINES; i++) {
    mmio_write8(ILB_PIRQ_ROUTE + i, pirq_irq(i));
  }
  for (u32 device = 0; device < 32; device++) {
    u32 route = 0;
    for (u32 pin = 0; pin < 4; pin++) {
      route |= ((pin + device) & 7) << 4 * pin;
    }
    mmio_write16(ILB_DEVICE_ROUTE + 2 * device, (u16)route);
  }
  for (u32 i = 0; i < machine.function_count; i++) {
    struct function *f = &machine.functions[i];
    if (f->pin) {
      f->pirq = (u8)pirq_of(f);
      f->line = pirq_irq(f->pirq);
      pci_write8(f->at, REG_LINE, f->line);
    }
  }
}

static void enable(struct function *f) {
  u32 command = pci_read16(f->at, REG_COMMAND);
  for (u32 i = 0; i < f->bar_count; i++) {
    command |= f->bars[i].is_io ? COMMAND_IO : COMMAND_MEMORY;
  }
  if (is_bridge(f) || f->at == LPC_BRIDGE) {
    command |= COMMAND_IO | COMMAND_MEMORY;
  }
  pci_write8(f->at, REG_CACHE_LINE, 16);
  pci_write16(f->at, REG_COMMAND, (u16)(command | COMMAND_MASTER));
}

void pci_assign(void) {
  machine.mmio_base = LOW_RAM_LIMIT;
  io_cursor = FIRST_IO;
  memory_cursor = machine.mmio_base;
  assign_bus(-1);
  route_interrupts();
  for (u32 i = 0; i < machine.function_count; i++) {
    enable(&machine.functions[i]);
  }
}

static void sata_init(const struct function *f) {
  u32 abar = pci_read32(f->at, AHCI_BAR) & ~15u;
  if (!abar || f->class_code != 0x010601) {
    print("WARNING SATA controller is not in AHCI mode (class %06x)\n", f->class_code);
    return;
  }
  mmio_write32(abar + AHCI_CONTROL, mmio_read32(abar + AHCI_CONTROL) | AHCI_ENABLE);
  /* Ports Implemented is written once by firmware; two reads latch it. */
  u32 ports = mmio_read32(abar + AHCI_PORTS_IMPLEMENTED);
  mmio_write32(abar + AHCI_PORTS_IMPLEMENTED, (ports & ~0x3fu) | SATA_PORTS);
  mmio_read32(abar + AHCI_PORTS_IMPLEMENTED);
  print("sata: AHCI at %08x, ports %x\n", abar, mmio_read32(abar + AHCI_PORTS_IMPLEMENTED));
}

void pci_init_devices(void) {
  for (u32 i = 0; i < machine.function_count; i++) {
    if (machine.functions[i].at == SATA_CONTROLLER) {
      sata_init(&machine.functions[i]);
    }
  }
}

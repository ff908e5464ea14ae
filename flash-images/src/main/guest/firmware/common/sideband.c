#include "sideband.h"

#include "baytrail.h"
#include "io.h"

/* The PHY has opcodes of its own. */
static u32 read_opcode(u32 unit) { return unit == DDRPHY ? 0x06 : 0x10; }

static void message(u32 opcode, u32 unit, u32 reg) {
  pci_write32(HOST_BRIDGE, HOST_MCRX, reg & ~0xffu);
  pci_write32(HOST_BRIDGE, HOST_MCR, opcode << 24 | unit << 16 | (reg & 0xff) << 8 | MCR_ALL_BYTES);
}

u32 sideband_read(u32 unit, u32 reg) {
  message(read_opcode(unit), unit, reg);
  return pci_read32(HOST_BRIDGE, HOST_MDR);
}

void sideband_write(u32 unit, u32 reg, u32 value) {
  pci_write32(HOST_BRIDGE, HOST_MDR, value);
  message(read_opcode(unit) + 1, unit, reg);
}

void sideband_command(u32 unit, u32 opcode, u32 data) {
  pci_write32(HOST_BRIDGE, HOST_MDR, data);
  message(opcode, unit, 0);
}

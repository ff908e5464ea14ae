/* Reads sectors from a SATA disk (AHCI 1.3): one command at a time, polled, interrupts off. */
#include "loader.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define CLASS_AHCI 0x010601u
#define BAR5 0x24
#define COMMAND 0x04
#define COMMAND_MEMORY_AND_MASTER 6

#define HBA_GHC 0x04
#define HBA_PI 0x0c
#define GHC_ENABLE 0x80000000u

#define PORT_CLB 0x00
#define PORT_FB 0x08
#define PORT_IS 0x10
#define PORT_IE 0x14
#define PORT_CMD 0x18
#define PORT_TFD 0x20
#define PORT_SSTS 0x28
#define PORT_SERR 0x30
#define PORT_CI 0x38
#define CMD_ST 0x0001u
#define CMD_FRE 0x0010u
#define CMD_FR 0x4000u
#define CMD_CR 0x8000u
#define IS_TASK_FILE_ERROR 0x40000000u
#define TFD_BUSY_OR_DRQ 0x88u

#define FIS_WORDS 5
#define READ_DMA_EXT 0x25
#define MAX_SECTORS 8192u /* 4 MiB, what one PRD entry holds */
#define PATIENCE 20000000u

static u32 window;
static u32 port_base;

static u8 command_list[1024] __attribute__((aligned(1024)));
static u8 received[256] __attribute__((aligned(256)));
static u32 command_table[36] __attribute__((aligned(128)));

static u32 config_read(u32 function, u32 reg) {
  outl(CONFIG_ADDRESS, 0x80000000u | function << 8 | reg);
  return inl(CONFIG_DATA);
}

static void config_write(u32 function, u32 reg, u32 value) {
  outl(CONFIG_ADDRESS, 0x80000000u | function << 8 | reg);
  outl(CONFIG_DATA, value);
}

static u32 hba(u32 reg) { return mmio_read32(window + reg); }
static u32 port(u32 reg) { return mmio_read32(port_base + reg); }
static void port_write(u32 reg, u32 value) { mmio_write32(port_base + reg, value); }

u32 ahci_find(void) {
  for (u32 function = 0; function < 256; function++) {
    if (config_read(function, 0x08) >> 8 != CLASS_AHCI) {
      continue;
    }
    config_write(function, COMMAND, (config_read(function, COMMAND) & 0xffff) | COMMAND_MEMORY_AND_MASTER);
    window = config_read(function, BAR5) & ~0xfu;
    mmio_write32(window + HBA_GHC, hba(HBA_GHC) | GHC_ENABLE);
    u32 present = 0;
    for (u32 i = 0; i < 32; i++) {
      if ((hba(HBA_PI) >> i & 1) && (mmio_read32(window + 0x100 + i * 0x80 + PORT_SSTS) & 15) == 3) {
        present |= 1u << i;
      }
    }
    return present;
  }
  give_up("no AHCI controller on bus 0");
}

static int wait_clear(u32 reg, u32 bits) {
  for (u32 tries = 0; tries < PATIENCE; tries++) {
    if (!(port(reg) & bits)) {
      return 1;
    }
  }
  return 0;
}

void ahci_close(void) {
  port_write(PORT_CMD, port(PORT_CMD) & ~CMD_ST);
  wait_clear(PORT_CMD, CMD_CR);
  port_write(PORT_CMD, port(PORT_CMD) & ~CMD_FRE);
  wait_clear(PORT_CMD, CMD_FR);
}

int ahci_open(u32 number) {
  port_base = window + 0x100 + number * 0x80;
  ahci_close();
  port_write(PORT_IE, 0);
  port_write(PORT_CLB, (u32)(uptr)command_list);
  port_write(PORT_CLB + 4, 0);
  port_write(PORT_FB, (u32)(uptr)received);
  port_write(PORT_FB + 4, 0);
  port_write(PORT_SERR, 0xffffffffu);
  port_write(PORT_IS, 0xffffffffu);
  port_write(PORT_CMD, port(PORT_CMD) | CMD_FRE);
  port_write(PORT_CMD, port(PORT_CMD) | CMD_ST);
  return wait_clear(PORT_TFD, TFD_BUSY_OR_DRQ);
}

static int read_part(u64 sector, u32 count, u32 to) {
  memset(command_table, 0, sizeof(command_table));
  command_table[0] = (u32)READ_DMA_EXT << 16 | 0x8027; /* host to device, a command */
  command_table[1] = (u32)(sector & 0xffffff) | 0x40u << 24;
  command_table[2] = (u32)(sector >> 24 & 0xffffff);
  command_table[3] = count & 0xffff;
  command_table[32] = to;
  command_table[35] = count * SECTOR - 1;
  u32 *header = (u32 *)command_list;
  memset(header, 0, 32);
  header[0] = 1u << 16 | FIS_WORDS;
  header[2] = (u32)(uptr)command_table;
  port_write(PORT_IS, 0xffffffffu);
  port_write(PORT_CI, 1);
  for (u32 tries = 0; tries < PATIENCE && (port(PORT_CI) & 1); tries++) {
    if (port(PORT_IS) & IS_TASK_FILE_ERROR) {
      return 0;
    }
  }
  return !(port(PORT_CI) & 1) && !(port(PORT_IS) & IS_TASK_FILE_ERROR);
}

int ahci_read(u64 sector, u32 count, u32 to) {
  while (count) {
    u32 part = count < MAX_SECTORS ? count : MAX_SECTORS;
    if (!read_part(sector, part, to)) {
      return 0;
    }
    sector += part;
    count -= part;
    to += part * SECTOR;
  }
  return 1;
}

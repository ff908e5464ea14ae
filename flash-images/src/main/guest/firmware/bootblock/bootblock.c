/*
 * The bootblock in C: opens the SoC's register windows, starts the console, finds out how much RAM there is, and
 * unpacks the ramstage from CBFS into RAM. Runs from flash with stack and variables in cache-as-RAM.
 */
#include "baytrail.h"
#include "bootblock.h"
#include "cbfs.h"
#include "console.h"
#include "dram.h"
#include "handoff.h"
#include "io.h"
#include "lzma.h"
#include "memory_functions.h"
#include "sideband.h"

/* What the firmware uses at either end of memory; to clear all of it would take 0.2 s for 2 GiB. */
#define FIRMWARE_MEMORY (16 * MIB)
#define PROBE_STEP (16 * MIB)
#define MEGABYTE_MARK 0x00100000u

void leave_cache_as_ram(u32 entry, u32 argument) NORETURN;
void bootblock_main(u32 tsc_low, u32 tsc_high, u32 bist);

static u16 lzma_probs[LZMA_PROBS];
static char early_log[HANDOFF_LOG];
static u32 early_log_length;
static struct stamp stamps[HANDOFF_STAMPS];
static u32 stamp_count;

static void stamp_at(u32 id, u64 tsc) {
  if (stamp_count < COUNT(stamps)) {
    stamps[stamp_count].id = id;
    stamps[stamp_count].tsc = tsc;
    stamp_count++;
  }
}

static void stamp(u32 id) { stamp_at(id, rdtsc()); }

static void pci_write32_ports(u32 reg, u32 value) {
  outl(0xcf8, 0x80000000u | reg);
  outl(0xcfc, value);
}

/*
 * Memory-mapped configuration space does not exist yet, so the message to the BUNIT goes through the host bridge's
 * MCRX (D8), MDR (D4) and MCR (D0) by configuration ports: opcode, unit, register, all four byte lanes.
 */
static void enable_mmconf(void) {
  pci_write32_ports(HOST_MCRX, 0);
  pci_write32_ports(HOST_MDR, MMCONF_BASE | 1);
  pci_write32_ports(HOST_MCR, (u32)BUNIT_WRITE << 24 | BUNIT << 16 | BUNIT_MMCONF << 8 | MCR_ALL_BYTES);
#ifdef SMOKE_TEST_Q35
  pci_write32_ports(0x60, MMCONF_BASE | 1);
  pci_write32_ports(0x90, 0x33333330);
  pci_write32_ports(0x94, 0x00333333);
#endif
}

/* The LPC bridge's base registers: register, value with its enable bit. */
static const struct {
  u8 reg;
  u32 value;
} BASES[] = {
    {LPC_SBASE, SPI_BASE | 2},   {LPC_PBASE, PMC_BASE | 2},    {LPC_IBASE, ILB_BASE | 2},
    {LPC_IOBASE, IO_BASE | 2},   {LPC_MPBASE, MPHY_BASE | 2},  {LPC_PUBASE, PUNIT_BASE | 2},
    {LPC_RCBA, RCBA_BASE | 1},   {LPC_ABASE, ACPI_PORTS | 2},  {LPC_GBASE, GPIO_PORTS | 2},
};

static void open_register_windows(void) {
  for (u32 i = 0; i < COUNT(BASES); i++) {
    pci_write32(LPC_BRIDGE, BASES[i].reg, BASES[i].value);
  }
#ifdef SMOKE_TEST_Q35
  pci_write8(LPC_BRIDGE, 0x44, 0x80); /* ACPI ports on: the register has another meaning there */
#endif
  mmio_write32(SPI_BCR, mmio_read32(SPI_BCR) | 8);
}

static void select_pad_function(u32 pad, u32 function) {
  mmio_write32(pad, (mmio_read32(pad) & ~7u) | function);
}

static void start_console(void) {
  select_pad_function(SCORE_UART1_RXD, 1);
  select_pad_function(SCORE_UART1_TXD, 1);
  pci_write8(LPC_BRIDGE, LPC_UART_CONT, 1);
  console.log = early_log;
  console.room = sizeof(early_log);
  console.length = &early_log_length;
  uart_init();
}

/* The watchdog would reset the board in a moment: halt it and clear what it has noted. */
static void halt_watchdog(void) {
  outl(TCO1_CNT, inl(TCO1_CNT) | 0x0800);
  outl(TCO_STS, inl(TCO_STS) | 0x20000);
  outw(TCO_STS + 2, 2);
}

static void report_power_state(void) {
  u32 pmcon = mmio_read32(GEN_PMCON1);
  print("pm1_sts %04x pm1_cnt %08x gen_pmcon1 %08x\n", inw(PM1_STS), inl(PM1_CNT), pmcon);
  /* Power failure flags are sticky: written back as 1 they clear. */
  mmio_write32(GEN_PMCON1, pmcon);
}

static void report_processor(u32 bist) {
  struct cpuid id = cpuid(1, 0);
  char vendor[13];
  struct cpuid max = cpuid(0, 0);
  memcpy(vendor, &max.ebx, 4);
  memcpy(vendor + 4, &max.edx, 4);
  memcpy(vendor + 8, &max.ecx, 4);
  vendor[12] = 0;
  print("cpu %s signature %x bist %x\n", vendor, id.eax, bist);
}

/*
 * Tells whether there is RAM of its own at `address`: two patterns must come back, and the mark at 1 MiB must stay as
 * it is (it would not where a small memory shows up again at higher addresses). What was there is put back.
 */
static int is_ram(u32 address) {
  volatile u32 *cell = (volatile u32 *)(uptr)address;
  volatile u32 *mark = (volatile u32 *)(uptr)MEGABYTE_MARK;
  u32 saved = *cell;
  u32 saved_mark = *mark;
  *mark = 0x12345678;
  *cell = 0xa55a9669;
  int found = *cell == 0xa55a9669 && *mark == 0x12345678;
  *cell = ~0xa55a9669u;
  found = found && *cell == ~0xa55a9669u && *mark == 0x12345678;
  *cell = saved;
  *mark = saved_mark;
  return found;
}

static u32 probe_low_ram(void) {
  u32 top = PROBE_STEP;
  while (top < LOW_RAM_LIMIT && is_ram(top + PROBE_STEP - 4) && is_ram(top)) {
    top += PROBE_STEP;
  }
  return top;
}

/* BMBOUND_HI: register bits 31:24 are address bits 35:28. */
static u64 high_ram_top(void) {
  u64 top = (u64)(sideband_read(BUNIT, BUNIT_BMBOUND_HI) & 0xff000000u) << 4;
  return top > 0x100000000ull ? top : 0x100000000ull;
}

/* Writes where memory ends and TSEG is; returns the first byte above low RAM. */
static u32 size_low_ram(void) {
  u32 bound = sideband_read(BUNIT, BUNIT_BMBOUND);
  u32 top = probe_low_ram();
  if (top < 32 * MIB) {
    fatal(POST_ERROR_RAM, "no working RAM: probing stopped at %08x", top);
  }
  if (bound != top) {
    print("bmbound was %08x, RAM ends at %08x\n", bound, top);
    sideband_write(BUNIT, BUNIT_BMBOUND, top);
  }
  sideband_write(BUNIT, BUNIT_SMRRL, (top - TSEG_SIZE) >> 20);
  sideband_write(BUNIT, BUNIT_SMRRH, (top >> 20) - 1);
  /* Until here E0000-FFFFF reads the top of the flash. */
  sideband_write(BUNIT, BUNIT_BMISC, sideband_read(BUNIT, BUNIT_BMISC) | 3);
  return top;
}

/* From memory that answers nothing to memory that is there, with the hand-off record in it. */
static void start_memory(struct handoff *handoff) {
#ifndef SMOKE_TEST_Q35
  dram_init();
#endif
  post(POST_RAM_PROBE);
  u32 strap = mmio_read32(SSUS_PAD5_VALUE) & 1;
  u32 low_top = size_low_ram();
  u64 high_top = high_ram_top();
  u64 above = high_top - 4 * GIB;
  post(POST_RAM_DONE);
  print("ram %u MiB below 4 GiB, %u MiB above (strap: %s board)\n", low_top >> 20, (u32)(above >> 20),
        strap ? "2 GiB" : "1 GiB");
#ifndef SMOKE_TEST_Q35
  dram_clear(0, FIRMWARE_MEMORY);
  dram_clear(low_top - FIRMWARE_MEMORY, low_top);
#endif
  memset(handoff, 0, sizeof(*handoff));
  handoff->low_top = low_top;
  handoff->high_top = high_top;
  handoff->strap = strap;
}

static u32 load_ramstage(void) {
  struct cbfs fs;
  struct cbfs_file file;
  struct cbfs_stage stage;
  post(POST_LOAD_RAMSTAGE);
  const char *problem = cbfs_open_mapped(&fs);
  if (problem) {
    fatal(POST_ERROR_CBFS, "%s (FFFFFFFC holds %08x)", problem, mmio_read32(0xfffffffc));
  }
  problem = cbfs_find(&fs, "fallback/ramstage", &file);
  if (!problem) {
    problem = cbfs_verify(&file);
  }
  if (!problem) {
    problem = cbfs_stage(&file, &stage);
  }
  if (problem) {
    fatal(POST_ERROR_RAMSTAGE, "fallback/ramstage: %s", problem);
  }
  u32 written;
  u8 *to = (u8 *)(uptr)stage.load;
  stamp(TS_START_ULZMA);
  problem = cbfs_expand(stage.compression, stage.data, stage.length, to, stage.memory_length, lzma_probs, &written);
  stamp(TS_END_ULZMA);
  if (problem) {
    fatal(POST_ERROR_RAMSTAGE, "fallback/ramstage: %s", problem);
  }
  memset(to + written, 0, stage.memory_length - written);
  print("ramstage %08x-%08x entry %08x\n", stage.load, stage.load + stage.memory_length, stage.entry);
  return stage.entry;
}

void bootblock_main(u32 tsc_low, u32 tsc_high, u32 bist) {
  struct handoff *handoff = (struct handoff *)HANDOFF_ADDRESS;
  post(POST_C_ENTRY);
  stamp_at(TS_START_BOOTBLOCK, (u64)tsc_high << 32 | tsc_low);
  enable_mmconf();
  post(POST_MMCONF);
  open_register_windows();
  post(POST_BASES);
  start_console();
  post(POST_CONSOLE);
  print("Bitterling firmware for the MinnowBoard Turbot\n");
  report_processor(bist);
  u32 host = pci_read32(HOST_BRIDGE, 0);
  u32 lpc = pci_read32(LPC_BRIDGE, 0);
  print("host bridge %04x:%04x, lpc bridge %04x:%04x revision %02x\n", host & 0xffff, host >> 16, lpc & 0xffff,
        lpc >> 16, pci_read8(LPC_BRIDGE, 8));
  if ((host & 0xffff) != PCI_VENDOR_INTEL) {
    fatal(POST_ERROR_BOARD, "host bridge 00:00.0 answers %08x, expected Intel (8086)", host);
  }
  halt_watchdog();
  post(POST_WATCHDOG);
  report_power_state();
  stamp(TS_END_BOOTBLOCK);
  stamp(TS_BEFORE_INITRAM);
  start_memory(handoff);
  stamp(TS_AFTER_INITRAM);
  u32 entry = load_ramstage();
  stamp(TS_END_ROMSTAGE);
  handoff->magic = HANDOFF_MAGIC;
  handoff->stamp_count = stamp_count;
  memcpy(handoff->stamps, stamps, sizeof(stamps));
  handoff->log_length = early_log_length;
  memcpy(handoff->log, early_log, early_log_length);
  post(POST_LEAVE_CAR);
  leave_cache_as_ram(entry, HANDOFF_ADDRESS);
}

/*
 * Where the tables go. Each is built in CBMEM, inside a range of type "table", from where SeaBIOS copies it; and
 * again in the F segment, where an operating system without a BIOS in between looks.
 */
#include "ramstage.h"

#define F_SEGMENT_RSDP 0xf0000u
#define F_SEGMENT_MP 0xf0400u
#define F_SEGMENT_SMBIOS 0xf0800u
#define F_SEGMENT_PIRQ 0xf1000u
#define F_SEGMENT_ROOM 0x400u

static void add_range(u64 start, u64 end, u32 type) {
  if (end <= start) {
    return;
  }
  if (machine.range_count == MAX_RANGES) {
    fatal(POST_ERROR_TABLES, "more than %u memory ranges", MAX_RANGES);
  }
  struct range *range = &machine.ranges[machine.range_count++];
  range->start = start;
  range->size = end - start;
  range->type = type;
}

void memory_map(void) {
  add_range(0, 0x1000, LB_MEM_TABLE);
  add_range(0x1000, 0xa0000, LB_MEM_RAM);
  add_range(0xa0000, 0x100000, LB_MEM_RESERVED);
  add_range(0x100000, machine.cbmem_base, LB_MEM_RAM);
  add_range(machine.cbmem_base, machine.tseg_base, LB_MEM_TABLE);
  add_range(machine.tseg_base, machine.low_top, LB_MEM_RESERVED);
  add_range(MMCONF_BASE, MMCONF_BASE + 256 * MIB, LB_MEM_RESERVED);
  add_range(0xfeb00000u, 0xff000000u, LB_MEM_RESERVED); /* abort range, I/O APIC, SoC blocks, local APICs */
  add_range(FLASH_BASE, 0x100000000ull, LB_MEM_RESERVED);
  add_range(0x100000000ull, machine.high_top, LB_MEM_RAM);
  for (u32 i = 0; i < machine.range_count; i++) {
    const struct range *r = &machine.ranges[i];
    print("memory %09L-%09L %s\n", r->start, r->start + r->size - 1,
          r->type == LB_MEM_RAM ? "RAM" : r->type == LB_MEM_TABLE ? "tables" : "reserved");
  }
}

static int f_segment_is_ram(void) {
  volatile u32 *cell = (volatile u32 *)F_SEGMENT_RSDP;
  *cell = 0x5aa5c33c;
  if (*cell != 0x5aa5c33c) {
    return 0;
  }
  memset((void *)F_SEGMENT_RSDP, 0, 0x10000);
  return 1;
}

void write_tables(void) {
  u8 *acpi = cbmem_add(CBMEM_ACPI, 32 * KIB);
  u8 *mp = cbmem_add(CBMEM_MPTABLE, 4 * KIB);
  u8 *smbios = cbmem_add(CBMEM_SMBIOS, 4 * KIB);
  u8 *pirq = cbmem_add(CBMEM_PIRQ, 4 * KIB);
  u8 *coreboot = cbmem_add(CBMEM_CBTABLE, 4 * KIB);
  int f_segment = f_segment_is_ram();
  if (!f_segment) {
    print("WARNING the F segment is not RAM, tables are in CBMEM only\n");
  }
  u32 acpi_size = acpi_tables(acpi, 32 * KIB, f_segment ? (u8 *)F_SEGMENT_RSDP : NULL);
  u32 mp_size = mp_table(mp, 4 * KIB);
  u32 smbios_size = smbios_tables(smbios, 4 * KIB);
  u32 pirq_size = pirq_table(pirq, 4 * KIB);
  if (f_segment) {
    mp_table((u8 *)F_SEGMENT_MP, F_SEGMENT_ROOM);
    smbios_tables((u8 *)F_SEGMENT_SMBIOS, F_SEGMENT_PIRQ - F_SEGMENT_SMBIOS);
    pirq_table((u8 *)F_SEGMENT_PIRQ, F_SEGMENT_ROOM);
  }
  print("tables: acpi %u, mp %u, smbios %u, pirq %u bytes, cbmem %08x\n", acpi_size, mp_size, smbios_size, pirq_size,
        machine.cbmem_base);
  memory_map();
  timestamp(TS_CBMEM_POST);
  coreboot_table(coreboot, 4 * KIB);
}

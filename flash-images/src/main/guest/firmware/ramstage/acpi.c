/* ACPI 3.0 tables: RSDP, RSDT, XSDT, FACS, DSDT, FADT, MADT, MCFG, HPET. */
#include "../smm/smm.h"

#include "aml.h"

#define OEM_ID "BTRLNG"
#define OEM_TABLE_ID "MINNOW"
#define CREATOR_ID "BTLG"
#define HEADER_LENGTH_AT 4
#define HEADER_CHECKSUM_AT 9
#define SLEEP_TYPE_S5 7
#define RESET_PORT 0xcf9
#define RESET_VALUE 6
#define SPACE_MEMORY 0
#define SPACE_IO 1

static u32 address_of(const struct bytes *b, u32 offset) { return (u32)(uptr)b->start + offset; }

/* Standard table header; the return value goes to close_table. */
static u32 open_table(struct bytes *b, const char *signature, u32 revision) {
  align(b, 16);
  u32 at = b->used;
  put_text(b, signature, 4);
  put32(b, 0);
  put8(b, revision);
  put8(b, 0);
  put_text(b, OEM_ID, 6);
  put_text(b, OEM_TABLE_ID, 8);
  put32(b, 1);
  put_text(b, CREATOR_ID, 4);
  put32(b, 1);
  return at;
}

static u32 close_table(struct bytes *b, u32 at) {
  u32 length = b->used - at;
  patch(b, at + HEADER_LENGTH_AT, length, 4);
  patch(b, at + HEADER_CHECKSUM_AT, checksum8(b->start + at, length), 1);
  return address_of(b, at);
}

static u32 facs(struct bytes *b) {
  align(b, 64);
  u32 at = b->used;
  put_text(b, "FACS", 4);
  put32(b, 64);
  put_zeros(b, 24);
  put8(b, 1);
  put_zeros(b, 31);
  return address_of(b, at);
}

/* One routing package: all functions of a device, a pin, no link device, a global interrupt number. */
static void routing_entry(struct bytes *b, u32 device, u32 pin, u32 interrupt) {
  u32 entry = aml_package(b, 4);
  aml_integer(b, device << 16 | 0xffff);
  aml_integer(b, pin);
  aml_integer(b, 0);
  aml_integer(b, interrupt);
  aml_close(b, entry);
}

static int device_has_pin(u32 device, u32 pin) {
  for (u32 i = 0; i < machine.function_count; i++) {
    const struct function *f = &machine.functions[i];
    if (f->parent < 0 && PCI_DEV(f->at) == device && f->pin == pin + 1) {
      return 1;
    }
  }
  return 0;
}

static void routing_table(struct bytes *b, const char *name, u32 apic) {
  u32 count = 0;
  aml_name(b, name);
  u32 table = aml_package(b, 0);
  for (u32 device = 0; device < 32; device++) {
    for (u32 pin = 0; pin < 4; pin++) {
      if (device_has_pin(device, pin)) {
        u32 pirq = (pin + device) & 7;
        routing_entry(b, device, pin, apic ? PIRQ_FIRST_GSI + pirq : pirq_irq(pirq));
        count++;
      }
    }
  }
  b->start[table + 3] = (u8)count;
  aml_close(b, table);
}

static void root_bridge_resources(struct bytes *b) {
  aml_name(b, "_CRS");
  u32 resources = aml_resources(b);
  aml_resource_bus_window(b, 0, 0xff);
  aml_resource_io(b, 0xcf8, 8);
  aml_resource_io_window(b, 0, 0xcf7);
  aml_resource_io_window(b, 0xd00, 0xffff);
  aml_resource_memory_window(b, 0xa0000, 0xbffff);
  aml_resource_memory_window(b, machine.mmio_base, MMCONF_BASE - 1);
  aml_close_resources(b, resources);
}

static void serial_port(struct bytes *b) {
  u32 device = aml_device(b, "COM1");
  aml_name_eisa_id(b, "_HID", "PNP0501");
  aml_name_integer(b, "_UID", 1);
  aml_name(b, "_CRS");
  u32 resources = aml_resources(b);
  aml_resource_io(b, 0x3f8, 8);
  aml_resource_irq(b, 4);
  aml_close_resources(b, resources);
  aml_close(b, device);
}

static void motherboard_resources(struct bytes *b) {
  u32 device = aml_device(b, "MBRS");
  aml_name_eisa_id(b, "_HID", "PNP0C02");
  aml_name(b, "_CRS");
  u32 resources = aml_resources(b);
  aml_resource_fixed_memory(b, MMCONF_BASE, 256 * MIB);
  aml_resource_io(b, ACPI_PORTS, 0x80);
  aml_close_resources(b, resources);
  aml_close(b, device);
}

static void root_bridge(struct bytes *b) {
  u32 bridge = aml_device(b, "PCI0");
  aml_name_eisa_id(b, "_HID", "PNP0A08");
  aml_name_eisa_id(b, "_CID", "PNP0A03");
  aml_name_integer(b, "_BBN", 0);
  root_bridge_resources(b);
  routing_table(b, "APRT", 1);
  routing_table(b, "PPRT", 0);
  u32 method = aml_method(b, "_PRT", 0);
  u32 choice = aml_if_local(b, "PICM");
  aml_return_name(b, "APRT");
  aml_close(b, choice);
  aml_return_name(b, "PPRT");
  aml_close(b, method);
  u32 lpc = aml_device(b, "LPCB");
  aml_name_integer(b, "_ADR", 0x001f0000);
  serial_port(b);
  motherboard_resources(b);
  aml_close(b, lpc);
  aml_close(b, bridge);
}

static u32 dsdt(struct bytes *b) {
  u32 table = open_table(b, "DSDT", 2);
  aml_name(b, "\\_S5_");
  u32 sleep = aml_package(b, 4);
  aml_integer(b, SLEEP_TYPE_S5);
  aml_integer(b, SLEEP_TYPE_S5);
  aml_integer(b, 0);
  aml_integer(b, 0);
  aml_close(b, sleep);
  aml_name_integer(b, "PICM", 0);
  u32 method = aml_method(b, "_PIC", 1);
  aml_store_argument(b, "PICM");
  aml_close(b, method);
  u32 processors = aml_scope(b, "\\_PR_");
  for (u32 i = 0; i < machine.cpu_count; i++) {
    char name[5] = {'C', 'P', 'U', (char)(i < 10 ? '0' + i : 'A' + i - 10), 0};
    aml_processor(b, name, i);
  }
  aml_close(b, processors);
  u32 system = aml_scope(b, "\\_SB_");
  root_bridge(b);
  aml_close(b, system);
  return close_table(b, table);
}

static void generic_address(struct bytes *b, u32 space, u32 bits, u32 address) {
  put8(b, space);
  put8(b, bits);
  put8(b, 0);
  put8(b, 0);
  put64(b, address);
}

static u32 fadt(struct bytes *b, u32 facs_at, u32 dsdt_at) {
  u32 table = open_table(b, "FACP", 3);
  put32(b, facs_at);
  put32(b, dsdt_at);
  put8(b, 0);
  put8(b, 1); /* desktop */
  put16(b, SCI_IRQ);
  put32(b, machine.smm ? APM_CNT : 0); /* without one the machine is in ACPI mode from the start */
  put8(b, machine.smm ? APM_ACPI_ENABLE : 0);
  put8(b, machine.smm ? APM_ACPI_DISABLE : 0);
  put8(b, 0);
  put8(b, 0);
  put32(b, PM1_STS);
  put32(b, 0);
  put32(b, PM1_CNT);
  put32(b, 0);
  put32(b, 0);
  put32(b, PM1_TMR);
  put32(b, GPE0A_STS);
  put32(b, 0);
  put8(b, 4);
  put8(b, 2);
  put8(b, 0);
  put8(b, 4);
  put8(b, 16);
  put8(b, 0);
  put8(b, 0);
  put8(b, 0);
  put16(b, 0xffff); /* no C2, no C3 */
  put16(b, 0xffff);
  put32(b, 0);
  put16(b, 0);
  put8(b, 0x0d); /* day alarm is in RTC register D */
  put8(b, 0);
  put8(b, 0x32); /* century */
  put16(b, 3);          /* legacy devices, 8042 */
  put8(b, 0);
  put32(b, 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 10);
  generic_address(b, SPACE_IO, 8, RESET_PORT);
  put8(b, RESET_VALUE);
  put_zeros(b, 3);
  put64(b, facs_at);
  put64(b, dsdt_at);
  generic_address(b, SPACE_IO, 32, PM1_STS);
  put_zeros(b, 12);
  generic_address(b, SPACE_IO, 16, PM1_CNT);
  put_zeros(b, 12);
  put_zeros(b, 12);
  generic_address(b, SPACE_IO, 32, PM1_TMR);
  generic_address(b, SPACE_IO, 128, GPE0A_STS);
  put_zeros(b, 12);
  return close_table(b, table);
}

static void source_override(struct bytes *b, u32 source, u32 input, u32 flags) {
  put8(b, 2);
  put8(b, 10);
  put8(b, 0);
  put8(b, source);
  put32(b, input);
  put16(b, flags);
}

static u32 madt(struct bytes *b) {
  u32 table = open_table(b, "APIC", 1);
  put32(b, LAPIC_BASE);
  put32(b, 1); /* there are 8259s too */
  for (u32 i = 0; i < machine.cpu_count; i++) {
    put8(b, 0);
    put8(b, 8);
    put8(b, i);
    put8(b, machine.apic_ids[i]);
    put32(b, 1);
  }
  put8(b, 1);
  put8(b, 12);
  put8(b, IOAPIC_ID);
  put8(b, 0);
  put32(b, IOAPIC_BASE);
  put32(b, 0);
  source_override(b, 0, 2, 0);
  source_override(b, SCI_IRQ, SCI_IRQ, 0x000d); /* active high, level */
  put8(b, 4);
  put8(b, 6);
  put8(b, 0xff);
  put16(b, 5);
  put8(b, 1);
  return close_table(b, table);
}

static u32 mcfg(struct bytes *b) {
  u32 table = open_table(b, "MCFG", 1);
  put64(b, 0);
  put64(b, MMCONF_BASE);
  put16(b, 0);
  put8(b, 0);
  put8(b, 0xff);
  put32(b, 0);
  return close_table(b, table);
}

static u32 hpet(struct bytes *b) {
  u32 table = open_table(b, "HPET", 1);
  put32(b, mmio_read32(HPET_BASE));
  generic_address(b, SPACE_MEMORY, 64, HPET_BASE);
  put8(b, 0);
  put16(b, 128);
  put8(b, 0);
  return close_table(b, table);
}

static u32 directory(struct bytes *b, const char *signature, const u32 *tables, u32 count, u32 width) {
  u32 table = open_table(b, signature, 1);
  for (u32 i = 0; i < count; i++) {
    put(b, tables[i], width);
  }
  return close_table(b, table);
}

/* The root pointer comes first, so that it is 16-byte aligned at the start of the area. */
u32 acpi_tables(u8 *at, u32 room, u8 *rsdp_copy) {
  struct bytes b = {at, 0, room};
  put_text(&b, "RSD PTR ", 8);
  put8(&b, 0);
  put_text(&b, OEM_ID, 6);
  put8(&b, 2);
  put_zeros(&b, 4);
  put32(&b, 36);
  put_zeros(&b, 12);
  u32 facs_at = facs(&b);
  u32 dsdt_at = dsdt(&b);
  u32 tables[4];
  tables[0] = fadt(&b, facs_at, dsdt_at);
  tables[1] = madt(&b);
  tables[2] = mcfg(&b);
  tables[3] = hpet(&b);
  patch(&b, 16, directory(&b, "RSDT", tables, COUNT(tables), 4), 4);
  patch(&b, 24, directory(&b, "XSDT", tables, COUNT(tables), 8), 4);
  patch(&b, 8, checksum8(at, 20), 1);
  patch(&b, 32, checksum8(at, 36), 1);
  if (rsdp_copy) {
    memcpy(rsdp_copy, at, 36);
  }
  return b.used;
}

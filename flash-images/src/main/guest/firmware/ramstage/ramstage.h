/* What the parts of the ramstage know of each other. */
#ifndef FW_RAMSTAGE_H
#define FW_RAMSTAGE_H

#include "baytrail.h"
#include "byte_order.h"
#include "cbfs.h"
#include "checksum.h"
#include "console.h"
#include "handoff.h"
#include "io.h"
#include "lb_tables.h"
#include "memory_functions.h"

#define POST_RAMSTAGE 0x40
#define POST_CPU 0x41
#define POST_LEGACY 0x42
#define POST_PCI_SCAN 0x50
#define POST_PCI_ASSIGN 0x51
#define POST_PCI_INIT 0x52
#define POST_APS 0x58
#define POST_TABLES 0x60
#define POST_PAYLOAD_LOAD 0x70
#define POST_PAYLOAD_JUMP 0x7f
#define POST_ERROR_HANDOFF 0xe4
#define POST_ERROR_PCI 0xe5
#define POST_ERROR_TABLES 0xe6
#define POST_ERROR_PAYLOAD 0xe7

#define MAX_CPUS 16
#define MAX_FUNCTIONS 48
#define MAX_BARS 6
#define MAX_RANGES 24

/* The legacy interrupts the PIRQ lines A..H end in, and the I/O APIC inputs they drive. */
#define PIRQ_LINES 8
#define PIRQ_FIRST_GSI 16
#define SCI_IRQ 9
#define IOAPIC_ID 2

struct bar {
  u8 reg;
  u8 is_io;
  u8 is_64;
  u32 size;
  u32 base;
};

struct function {
  pci_fn at;
  u16 vendor;
  u16 device;
  u32 class_code; /* class, subclass, interface in bits 23:0 */
  u8 header;
  u8 pin;         /* 0 = none, 1..4 = INTA..INTD */
  u8 line;        /* legacy interrupt */
  u8 pirq;        /* 0..7 when pin is not 0 */
  s32 parent;     /* index of the bridge, -1 on bus 0 */
  u8 bus_below;   /* bridges: secondary bus */
  u8 bar_count;
  struct bar bars[MAX_BARS];
};

struct range {
  u64 start;
  u64 size;
  u32 type; /* of lb_tables.h */
};

/* Everything the ramstage knows about this machine. */
struct machine {
  const struct handoff *handoff;
  u32 low_top;
  u64 high_top;
  u32 tseg_base;
  u32 cbmem_base;
  u32 mmio_base; /* start of the PCI memory window */
  u32 tsc_khz;
  u32 cpu_signature;
  u32 cpu_count;
  u32 smm; /* SMIs are served */
  u8 apic_ids[MAX_CPUS];
  u32 function_count;
  struct function functions[MAX_FUNCTIONS];
  u32 range_count;
  struct range ranges[MAX_RANGES];
  struct cbfs flash;
  char cpu_name[49];
};

extern struct machine machine;

/* cpu.c */
void cpu_identify(void);
void mtrr_setup(void);
void lapic_setup(void);
void start_other_cpus(void);
void udelay(u32 microseconds);

/* smm.c: in this order, smm_setup before the other cores are started */
void smm_setup(void);
u32 smm_relocation_counter(void);
void smm_enable(void);
void smm_finalize(void);

/* legacy.c */
void legacy_devices_init(void);

/* pci.c */
void pci_scan(void);
void pci_assign(void);
void pci_init_devices(void);
u8 pirq_irq(u32 pirq);

/* cbmem.c */
void cbmem_init(void);
u8 *cbmem_add(u32 id, u32 size);
void cbmem_entry(u32 index, u32 *id, u32 *address, u32 *size);
u32 cbmem_count(void);
void timestamp(u32 id);

#define CBMEM_CONSOLE 0x434f4e53u
#define CBMEM_TIMESTAMP 0x54494d45u
#define CBMEM_CBTABLE 0x43425442u
#define CBMEM_ACPI 0x41435049u
#define CBMEM_MPTABLE 0x534d5054u
#define CBMEM_SMBIOS 0x534d4254u
#define CBMEM_PIRQ 0x49525154u

/* Tables. Each builder writes at `at` and returns the number of bytes used; `room` is what there is. */
u32 acpi_tables(u8 *at, u32 room, u8 *rsdp_copy);
u32 mp_table(u8 *at, u32 room);
u32 smbios_tables(u8 *at, u32 room);
u32 pirq_table(u8 *at, u32 room);
void write_tables(void);
void memory_map(void);
void coreboot_table(u8 *at, u32 room);

/* payload.c */
void run_payload(void) NORETURN;

/* entry.S */
void jump_to_payload(u32 entry) NORETURN;
void ramstage_main(const struct handoff *handoff);
extern u8 ramstage_start[];
extern u8 ramstage_end[];

#endif

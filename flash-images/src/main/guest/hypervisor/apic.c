#include "apic.h"

#include "checksum.h"
#include "cpu.h"
#include "log.h"
#include "memory_functions.h"

#define APIC_ID 0x20
#define APIC_TPR 0x80
#define APIC_EOI 0xB0
#define APIC_SVR 0xF0
#define APIC_ISR 0x100
#define APIC_ICR_LOW 0x300
#define APIC_ICR_HIGH 0x310
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_INITIAL_COUNT 0x380
#define SVR_RESET 0xFF
#define SVR_ENABLED 0x1FF
#define LVT_MASKED 0x10000
#define ICR_PENDING 0x1000
#define ICR_FIXED_ASSERT 0x4000
#define ICR_NMI_ASSERT 0x4400
#define ICR_INIT_ASSERT 0x4500
#define ICR_STARTUP 0x4600
#define ICR_POLLS 100000

#define APIC_BASE_X2APIC 0x400
#define APIC_BASE_ENABLED 0x800

struct acpi_header {
  char signature[4];
  u32 length;
  u8 rest[28];
} __attribute__((packed));

struct rsdp {
  char signature[8];
  u8 checksum;
  char oem[6];
  u8 revision;
  u32 rsdt;
  u32 length;
  u64 xsdt;
} __attribute__((packed));

static u64 base;

void apic_init(void) {
  u64 msr = rdmsr(MSR_APIC_BASE);
  base = msr & 0xFFFFFF000ull;
  if (msr & APIC_BASE_X2APIC) {
    hv_log("ERROR: IA32_APIC_BASE is %X: x2APIC mode, expected xAPIC; the firmware must leave it off", msr);
    hv_stop(STOP_NO_VMX);
  }
}

u32 apic_id(void) { return mmio_read32(base + APIC_ID) >> 24; }

/* The guest may be between its two writes to the command register: it finds the upper half as it left it. */
static void send(u32 target, u32 command) {
  u32 high = mmio_read32(base + APIC_ICR_HIGH);
  mmio_write32(base + APIC_ICR_HIGH, target << 24);
  mmio_write32(base + APIC_ICR_LOW, command);
  for (int i = 0; i < ICR_POLLS && mmio_read32(base + APIC_ICR_LOW) & ICR_PENDING; i++) {
    pause();
  }
  mmio_write32(base + APIC_ICR_HIGH, high);
}

void apic_send_fixed(u32 target, u8 vector) { send(target, ICR_FIXED_ASSERT | vector); }

void apic_send_nmi(u32 target) { send(target, ICR_NMI_ASSERT); }

void apic_end_of_interrupt(void) { mmio_write32(base + APIC_EOI, 0); }

static void mask_local(void) {
  for (u32 lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16) {
    mmio_write32(base + lvt, LVT_MASKED);
  }
}

void apic_enable_plain(void) {
  mask_local();
  mmio_write32(base + APIC_TPR, 0);
  mmio_write32(base + APIC_SVR, SVR_ENABLED);
}

static const u32 kept_registers[] = {APIC_TPR, APIC_SVR, APIC_LVT_LINT0, APIC_LVT_LINT1};
static u32 kept[COUNT(kept_registers)];

void apic_keep(void) {
  for (u32 i = 0; i < COUNT(kept); i++) {
    kept[i] = mmio_read32(base + kept_registers[i]);
  }
}

static bool in_service(void) {
  u32 any = 0;
  for (u32 i = 0; i < 8; i++) {
    any |= mmio_read32(base + APIC_ISR + 16 * i);
  }
  return any;
}

void apic_reset(bool bootstrap) {
  u64 msr = rdmsr(MSR_APIC_BASE);
  if (msr & APIC_BASE_X2APIC) {
    wrmsr(MSR_APIC_BASE, msr & ~(u64)(APIC_BASE_X2APIC | APIC_BASE_ENABLED));
    wrmsr(MSR_APIC_BASE, msr & ~(u64)APIC_BASE_X2APIC);
  }
  mmio_write32(base + APIC_INITIAL_COUNT, 0);
  mask_local();
  for (u32 i = 0; i < 256 && in_service(); i++) {
    apic_end_of_interrupt();
  }
  mmio_write32(base + APIC_TPR, 0);
  mmio_write32(base + APIC_SVR, SVR_RESET);
  for (u32 i = 0; bootstrap && i < COUNT(kept); i++) {
    mmio_write32(base + kept_registers[i], kept[i]);
  }
}

void apic_send_init(u32 target) { send(target, ICR_INIT_ASSERT); }

void apic_send_startup(u32 target, u8 vector) { send(target, ICR_STARTUP | vector); }

static const struct rsdp *find_rsdp(void) {
  for (u64 at = 0xE0000; at < 0x100000; at += 16) {
    const struct rsdp *rsdp = (const struct rsdp *)at;
    if (!memcmp(rsdp->signature, "RSD PTR ", 8) && checksum8(rsdp, 20) == 0) {
      return rsdp;
    }
  }
  return NULL;
}

/* A table below 4 GiB with a right checksum and this signature. */
static const struct acpi_header *check_table(u64 at, const char *signature) {
  const struct acpi_header *table = (const struct acpi_header *)at;
  if (at == 0 || at > 4 * GIB - MIB || memcmp(table->signature, signature, 4)) {
    return NULL;
  }
  bool sane = table->length >= sizeof(*table) && table->length < MIB && checksum8(table, table->length) == 0;
  return sane ? table : NULL;
}

static const struct acpi_header *find_in(const struct acpi_header *list, u32 width) {
  for (u32 offset = sizeof(*list); list && offset + width <= list->length; offset += width) {
    u64 at = 0;
    memcpy(&at, (const u8 *)list + offset, width);
    const struct acpi_header *table = check_table(at, "APIC");
    if (table) {
      return table;
    }
  }
  return NULL;
}

static const struct acpi_header *find_madt(void) {
  const struct rsdp *rsdp = find_rsdp();
  if (!rsdp) {
    return NULL;
  }
  if (rsdp->revision >= 2) {
    const struct acpi_header *madt = find_in(check_table(rsdp->xsdt, "XSDT"), 8);
    if (madt) {
      return madt;
    }
  }
  return find_in(check_table(rsdp->rsdt, "RSDT"), 4);
}

u8 *apic_madt(void) { return (u8 *)find_madt(); }

static u32 from_madt(const struct acpi_header *madt, u32 *ids, u32 limit) {
  const u8 *entry = (const u8 *)madt + sizeof(*madt) + 8;
  const u8 *end = (const u8 *)madt + madt->length;
  u32 count = 0;
  for (; entry + 2 <= end && entry[1] >= 2; entry += entry[1]) {
    bool local_apic = entry[0] == 0 && entry[1] >= 8 && entry[4] & 1;
    if (local_apic && entry[3] != apic_id() && count < limit) {
      ids[count++] = entry[3];
    }
  }
  return count;
}

/* Shift of the package level, and the number of logical processors of the package. */
struct topology {
  u32 package_shift, processors;
};

static struct topology read_topology(void) {
  struct topology topology = {0, 0};
  if (cpuid(0, 0).eax >= 0xB) {
    struct cpuid package = cpuid(0xB, 1);
    if (package.ebx & 0xFFFF) {
      topology = (struct topology){package.eax & 31, package.ebx & 0xFFFF};
    }
  }
  if (!topology.processors) {
    u32 ids = cpuid(1, 0).ebx >> 16 & 0xFF;
    topology.processors = ids;
    while ((1u << topology.package_shift) < ids) {
      topology.package_shift++;
    }
  }
  return topology;
}

static u32 from_cpuid(u32 *ids, u32 limit, u32 *expected_cores) {
  struct topology topology = read_topology();
  *expected_cores = topology.processors;
  u32 own = apic_id();
  u32 first = own >> topology.package_shift << topology.package_shift;
  u32 count = 0;
  for (u32 id = first; id < first + (1u << topology.package_shift) && count < limit; id++) {
    if (id != own) {
      ids[count++] = id;
    }
  }
  return count;
}

u32 apic_candidates(u32 *ids, u32 limit, u32 *expected_cores) {
  const struct acpi_header *madt = find_madt();
  if (madt) {
    u32 count = from_madt(madt, ids, limit);
    *expected_cores = count + 1;
    return count;
  }
  hv_log("no ACPI MADT, trying every APIC id of the package");
  return from_cpuid(ids, limit, expected_cores);
}

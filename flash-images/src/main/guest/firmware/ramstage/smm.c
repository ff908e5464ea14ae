/*
 * System-management mode as coreboot sets it up on this SoC: handler and one SMBASE for each core in TSEG, SMRRs over
 * it, then SMIs from port B2 and from SLP_EN.
 */
#include "../smm/smm.h"

#include "lapic.h"
#include "ramstage.h"
#include "sideband.h"

#ifdef SMOKE_TEST_Q35
#define SMM_KNOWN 0 /* another save map, another way to open TSEG */
#else
#define SMM_KNOWN 1
#endif
#define ICR_SMI 0x4200
#define SAI_UNTRUSTED 1
#define TYPE_WRITE_BACK 6
#define MTRR_CAP_SMRR 0x800
#define SMRR_VALID 0x800
#define GDT_BASE_LOW(entry) ((entry) + 2)
#define GDT_BASE_HIGH(entry) ((entry) + 7)

/* Symbols of smm_relocate.S. */
extern u8 smm_module[];
extern u8 smm_module_end[];
extern u8 smm_relocate_code[];
extern u8 smm_relocate_end[];
extern u8 smm_relocation[];

/* Matches the block in smm_relocate.S. */
struct smm_relocation {
  volatile u32 relocated; /* cores so far: the number of the next one */
  u32 tseg_base;
  u32 smrr_base;
  u32 smrr_mask; /* 0: the processor has no SMRR */
  volatile u32 revision;
} PACKED;

static struct smm_relocation *relocation(void) {
  return (struct smm_relocation *)(SMM_DEFAULT_BASE + SMM_ENTRY + (u32)(smm_relocation - smm_relocate_code));
}

static void set_descriptor_base(u8 *entry, u32 base) {
  for (u32 i = 0; i < 3; i++) {
    GDT_BASE_LOW(entry)[i] = (u8)(base >> 8 * i);
  }
  *GDT_BASE_HIGH(entry) = (u8)(base >> 24);
}

/* Module and stubs; returns false when they do not fit. */
static bool install_handler(void) {
  const struct smm_header *header = (const struct smm_header *)smm_module;
  u32 at = machine.tseg_base + SMM_MODULE_OFFSET;
  u8 *module = (u8 *)at;
  if (header->size > TSEG_SIZE - SMM_MODULE_OFFSET) {
    return false;
  }
  memset(module, 0, header->size);
  memcpy(module, smm_module, (usize)(smm_module_end - smm_module));
  set_descriptor_base(module + header->gdt + SMM_CODE, at);
  set_descriptor_base(module + header->gdt + SMM_DATA, at);
  for (u32 i = 0; i < SMM_MAX_CPUS; i++) {
    u8 *stub = (u8 *)(machine.tseg_base + i * SMM_STRIDE + SMM_ENTRY);
    memcpy(stub, module + header->stub, header->stub_size);
    struct smm_stub_parameters *p = (struct smm_stub_parameters *)(stub + header->stub_parameters);
    p->gdt_base = at + header->gdt;
    p->cpu = i;
  }
  return true;
}

static void install_relocation(void) {
  struct smm_relocation *r = relocation();
  memcpy((void *)(SMM_DEFAULT_BASE + SMM_ENTRY), smm_relocate_code, (usize)(smm_relocate_end - smm_relocate_code));
  r->relocated = 0;
  r->tseg_base = machine.tseg_base;
  r->smrr_base = machine.tseg_base | TYPE_WRITE_BACK;
  r->smrr_mask = rdmsr(MSR_MTRR_CAP) & MTRR_CAP_SMRR ? (0 - TSEG_SIZE) | SMRR_VALID : 0;
}

/* An SMI for this core alone. */
static void relocate_this_cpu(void) {
  lapic_write(LAPIC_ICR_HIGH, (u32)machine.apic_ids[0] << 24);
  lapic_write(LAPIC_ICR_LOW, ICR_SMI);
  for (u32 wait = 0; wait < 100 && relocation()->relocated == 0; wait++) {
    udelay(100);
  }
}

void smm_setup(void) {
  if (!SMM_KNOWN) {
    return;
  }
  /* Dirty lines of the handler may leave a cache outside SMM; the SMRRs keep everybody else out. */
  sideband_write(BUNIT, BUNIT_SMRWAC, sideband_read(BUNIT, BUNIT_SMRWAC) | SAI_UNTRUSTED);
  outl(SMI_STS, inl(SMI_STS));
  if (!install_handler()) {
    print("WARNING the SMI handler does not fit into TSEG, SMIs stay off\n");
    return;
  }
  install_relocation();
  __asm__ volatile("wbinvd" : : : "memory");
  relocate_this_cpu();
  machine.smm = relocation()->relocated == 1;
  if (!machine.smm) {
    print("WARNING this core did not take an SMI, SMIs stay off\n");
  }
}

/* Where the other cores see that their SMI was served; 0 when none is to be raised. */
u32 smm_relocation_counter(void) { return machine.smm ? (u32)(uptr)&relocation()->relocated : 0; }

void smm_enable(void) {
  if (!machine.smm) {
    return;
  }
  u32 relocated = relocation()->relocated;
  if (relocated != machine.cpu_count) {
    print("WARNING SMM: %u of %u cores relocated, SMIs stay off\n", relocated, machine.cpu_count);
    machine.smm = 0;
    return;
  }
  print("smm: %u cores, save map %08x, TSEG %08x-%08x, SMRR %s\n", relocated, relocation()->revision, machine.tseg_base,
        machine.tseg_base + (u32)TSEG_SIZE - 1, relocation()->smrr_mask ? "on" : "absent");
  memset((void *)(SMM_DEFAULT_BASE + SMM_ENTRY), 0, SMM_ENTRY);
  outl(SMI_STS, inl(SMI_STS));
  outl(SMI_EN, SMI_APM | SMI_SLEEP | SMI_EOS | SMI_GLOBAL);
  outl(PM1_CNT, inl(PM1_CNT) & ~PM1_SCI_EN); /* the operating system asks for ACPI mode through port B2 */
}

/* No payload can switch SMIs off from here on. */
void smm_finalize(void) {
  if (!machine.smm) {
    return;
  }
  outb(APM_CNT, APM_FINALIZE);
  if (!(mmio_read32(GEN_PMCON2) & PMCON2_SMI_LOCK)) {
    print("WARNING the SMI handler did not lock SMI generation\n");
  }
}

/* Processor: identification, clock, memory types, local APIC, and the other cores. */
#include "clock.h"
#include "lapic.h"
#include "ramstage.h"

#define ICR_ALL_BUT_SELF 0xc0000
#define ICR_INIT 0x4500
#define ICR_STARTUP 0x4600
#define ICR_PENDING 0x1000

#define TYPE_UNCACHED 0
#define TYPE_WRITE_PROTECT 5
#define TYPE_WRITE_BACK 6
#define DEF_TYPE_ENABLE 0x800
#define DEF_TYPE_FIXED 0x400
#define MASK_VALID 0x800
#define VARIABLE_PAIRS 8

/* Where the trampoline for the other cores is copied: page 30h, below 1 MiB. */
#define AP_PAGE 0x30u
#define AP_BASE (AP_PAGE << 12)

/* Symbols of ap.S; the parameter block is inside the copied code. */
extern u8 ap_code[];
extern u8 ap_code_end[];
extern u8 ap_parameters[];

/* Matches the layout of ap_parameters. */
struct ap_parameters {
  volatile u32 checked_in;
  volatile u32 ids[MAX_CPUS];
  u32 smm_counter; /* goes up when the SMI is served that a core sends itself; 0: it sends none */
  u32 smm_lock;
  u32 msr_count;
  struct {
    u32 index;
    u32 low;
    u32 high;
  } msrs[32];
} PACKED;

/* MTRR values, the same for every core. */
static struct {
  u32 index;
  u64 value;
} mtrrs[32];
static u32 mtrr_count;

static void read_name(void) {
  u32 *at = (u32 *)machine.cpu_name;
  if (cpuid(0x80000000u, 0).eax < 0x80000004u) {
    memcpy(machine.cpu_name, "unknown processor", 18);
    return;
  }
  for (u32 leaf = 0x80000002u; leaf <= 0x80000004u; leaf++) {
    struct cpuid r = cpuid(leaf, 0);
    *at++ = r.eax;
    *at++ = r.ebx;
    *at++ = r.ecx;
    *at++ = r.edx;
  }
}

/*
 * Leaf B: the level of type 2 (core) counts the logical processors of the package. The level of type 1 says how far APIC
 * ids are apart; this is only a guess until the cores have told their ids themselves.
 */
static void count_cores(void) {
  u32 shift = 0;
  machine.cpu_count = 1;
  if (cpuid(0, 0).eax < 0xb) {
    return;
  }
  for (u32 level = 0; level < 8; level++) {
    struct cpuid r = cpuid(0xb, level);
    u32 type = r.ecx >> 8 & 0xff;
    if (type == 0) {
      break;
    }
    if (type == 1) {
      shift = r.eax & 0x1f;
    }
    if (type == 2 && (r.ebx & 0xffff) != 0) {
      machine.cpu_count = r.ebx & 0xffff;
    }
  }
  if (machine.cpu_count > MAX_CPUS) {
    machine.cpu_count = MAX_CPUS;
  }
  for (u32 i = 0; i < machine.cpu_count; i++) {
    machine.apic_ids[i] = (u8)(i << shift);
  }
}

void cpu_identify(void) {
  machine.tsc_khz = tsc_khz();
  if (machine.tsc_khz == 0) {
    machine.tsc_khz = 1000000;
  }
  machine.cpu_signature = cpuid(1, 0).eax;
  read_name();
  count_cores();
}

void udelay(u32 microseconds) {
  u64 until = rdtsc() + (u64)microseconds * (machine.tsc_khz / 1000 + 1);
  /* A port read takes about a microsecond, so waiting costs few instructions. */
  while (rdtsc() < until) {
    inl(PM1_TMR);
  }
}

static void add_mtrr(u32 index, u64 value) {
  mtrrs[mtrr_count].index = index;
  mtrrs[mtrr_count].value = value;
  mtrr_count++;
}

static u32 add_variable(u32 pair, u64 base, u64 size, u32 type) {
  u64 mask = (0x1000000000ull - size) | MASK_VALID;
  add_mtrr(MSR_MTRR_PHYSBASE0 + 2 * pair, base | type);
  add_mtrr(MSR_MTRR_PHYSBASE0 + 2 * pair + 1, mask);
  return pair + 1;
}

/* Covers [start, end) with naturally aligned powers of two, as far as there are pairs. */
static u32 cover(u32 pair, u64 start, u64 end) {
  while (start < end && pair < VARIABLE_PAIRS - 1) {
    u64 size = start ? start & (0 - start) : 0x800000000ull;
    while (size > end - start) {
      size >>= 1;
    }
    pair = add_variable(pair, start, size, TYPE_WRITE_BACK);
    start += size;
  }
  return pair;
}

/* RAM write-back, flash write-protect, the VGA window and everything else uncached. */
static void plan_mtrrs(void) {
  static const u16 WRITE_BACK[] = {0x250, 0x258, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f};
  for (u32 i = 0; i < COUNT(WRITE_BACK); i++) {
    add_mtrr(WRITE_BACK[i], 0x0606060606060606ull);
  }
  add_mtrr(0x259, 0);
  u32 pair = cover(0, 0, machine.low_top);
  if (machine.high_top > 0x100000000ull) {
    pair = cover(pair, 0x100000000ull, machine.high_top);
  }
  pair = add_variable(pair, FLASH_BASE, 0x800000, TYPE_WRITE_PROTECT);
  for (; pair < VARIABLE_PAIRS; pair++) {
    add_mtrr(MSR_MTRR_PHYSBASE0 + 2 * pair + 1, 0);
  }
}

void mtrr_setup(void) {
  u32 cr0;
  plan_mtrrs();
  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %0, %%cr0; wbinvd" : : "r"(cr0 | 0x40000000u) : "memory");
  wrmsr(MSR_MTRR_DEF_TYPE, TYPE_UNCACHED);
  for (u32 i = 0; i < mtrr_count; i++) {
    wrmsr(mtrrs[i].index, mtrrs[i].value);
  }
  wrmsr(MSR_MTRR_DEF_TYPE, DEF_TYPE_ENABLE | DEF_TYPE_FIXED | TYPE_UNCACHED);
  __asm__ volatile("wbinvd; mov %0, %%cr0" : : "r"(cr0 & ~0x60000000u) : "memory");
}

/* Virtual wire mode: the 8259's output comes through LINT0, NMI through LINT1. */
void lapic_setup(void) {
  wrmsr(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & 0xfff) | LAPIC_BASE | 0x800);
  lapic_write(LAPIC_TPR, 0);
  lapic_write(LAPIC_SVR, 0x10f);
  lapic_write(LAPIC_LVT_LINT0, 0x700);
  lapic_write(LAPIC_LVT_LINT1, 0x400);
  machine.apic_ids[0] = (u8)(lapic_read(LAPIC_ID) >> 24);
}

static void send_ipi(u32 command) {
  lapic_write(LAPIC_ICR_HIGH, 0);
  lapic_write(LAPIC_ICR_LOW, command);
  for (u32 tries = 0; tries < 1000 && (lapic_read(LAPIC_ICR_LOW) & ICR_PENDING); tries++) {
    udelay(10);
  }
}

static void sort_ids(u32 count) {
  for (u32 i = 1; i < count; i++) {
    for (u32 k = i; k > 1 && machine.apic_ids[k] < machine.apic_ids[k - 1]; k--) {
      u8 swap = machine.apic_ids[k];
      machine.apic_ids[k] = machine.apic_ids[k - 1];
      machine.apic_ids[k - 1] = swap;
    }
  }
}

/*
 * Wakes the other cores once, so that they have the same MTRRs and so that the tables list the APIC ids that really
 * exist; then an INIT puts them back to waiting for a SIPI, the state a payload expects.
 */
void start_other_cpus(void) {
  struct ap_parameters *ap = (struct ap_parameters *)(AP_BASE + (u32)(ap_parameters - ap_code));
  if (machine.cpu_count == 1) {
    return;
  }
  memcpy((void *)AP_BASE, ap_code, (usize)(ap_code_end - ap_code));
  for (u32 i = 0; i < mtrr_count; i++) {
    ap->msrs[i].index = mtrrs[i].index;
    ap->msrs[i].low = (u32)mtrrs[i].value;
    ap->msrs[i].high = (u32)(mtrrs[i].value >> 32);
  }
  ap->msrs[mtrr_count].index = MSR_MTRR_DEF_TYPE;
  ap->msrs[mtrr_count].low = DEF_TYPE_ENABLE | DEF_TYPE_FIXED;
  ap->msrs[mtrr_count].high = 0;
  ap->msr_count = mtrr_count + 1;
  ap->smm_counter = smm_relocation_counter();
  send_ipi(ICR_ALL_BUT_SELF | ICR_INIT);
  udelay(10000);
  for (u32 round = 0; round < 2 && ap->checked_in < machine.cpu_count - 1; round++) {
    send_ipi(ICR_ALL_BUT_SELF | ICR_STARTUP | AP_PAGE);
    udelay(200);
  }
  for (u32 wait = 0; wait < 1000 && ap->checked_in < machine.cpu_count - 1; wait++) {
    udelay(100);
  }
  u32 arrived = ap->checked_in;
  if (arrived + 1 != machine.cpu_count) {
    print("WARNING %u of %u other cores checked in\n", arrived, machine.cpu_count - 1);
  }
  if (arrived >= MAX_CPUS) {
    arrived = MAX_CPUS - 1;
  }
  for (u32 i = 0; i < arrived; i++) {
    machine.apic_ids[i + 1] = (u8)ap->ids[i];
  }
  if (arrived) {
    machine.cpu_count = arrived + 1;
    sort_ids(machine.cpu_count);
  }
  send_ipi(ICR_ALL_BUT_SELF | ICR_INIT);
  print("cores:");
  for (u32 i = 0; i < machine.cpu_count; i++) {
    print(" %02x", machine.apic_ids[i]);
  }
  print(" (local APIC ids), others wait for SIPI\n");
}

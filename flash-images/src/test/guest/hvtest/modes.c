/* Real mode, PAE paging and long mode inside the guest; NMIs; the other cores. */
#include "check.h"

#define EFER_LME 0x100u
#define EFER_LMA 0x400u
#define CR0_NE 0x20u

extern u64 directory[512];
extern volatile u64 trip_version, trip_unknown_call;
extern volatile u32 trip_signature, trip_cr0, trip_cr0_changed, trip_efer, trip_high_read, trip_efer_after;
extern volatile u32 nmi_seen_inside;

void long_mode_trip(void);
void real_mode_trip(void);
u32 pae_trip(void);

static u32 low_word(u32 at) { return *(volatile u32 *)at; }

static void check_real_mode(void) {
  for (u32 at = 0xB000; at < 0xB010; at += 4) {
    *(volatile u32 *)at = 0;
  }
  real_mode_trip();
  check("real mode: INT", low_word(0xB000), 1);
  check("real mode: VMREAD is #UD", low_word(0xB004), 1);
  check("real mode: RDMSR 3A is #GP", low_word(0xB008), 1);
  check("real mode: CPUID signature", low_word(0xB00C), 0x5648676E);
}

static void check_long_mode(void) {
  long_mode_trip();
  check("long mode: CPUID signature", trip_signature, 0x74746942);
  check("long mode: VMCALL 0 low", (u32)trip_version, 0x00010000);
  check("long mode: VMCALL 0 high", (u32)(trip_version >> 32), 0);
  check("long mode: unknown VMCALL low", (u32)trip_unknown_call, 0xFFFFFFFF);
  check("long mode: unknown VMCALL high", (u32)(trip_unknown_call >> 32), 0xFFFFFFFF);
  check("long mode: CR0.NE changes", trip_cr0 ^ trip_cr0_changed, CR0_NE);
  check("long mode: EFER", trip_efer & (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA);
  check("memory far above RAM can be touched", trip_high_read, 1);
  check("after long mode: EFER", trip_efer_after & (EFER_LME | EFER_LMA), EFER_LME);
}

void check_modes(void) {
  for (u32 i = 0; i < 512; i++) {
    directory[i] = (u64)i << 21 | 0x83;
  }
  check_real_mode();
  check("PAE paging through an exiting CR0 write", pae_trip(), 0x600DDA7A);
  check_long_mode();
}

static volatile u32 *apic(u32 offset) { return (volatile u32 *)(0xFEE00000 + offset); }

static void send_ipi(u32 command) {
  *apic(0x300) = command;
  while (*apic(0x300) & 0x1000) {
  }
}

static void spin(u32 rounds) {
  for (u32 i = 0; i < rounds; i++) {
    asm volatile("pause");
  }
}

void check_nmi(void) {
  *apic(0x310) = *apic(0x20);
  send_ipi(0x4400);
  spin(10000);
  check("NMI: one at a time", nmi_seen_inside, 1);
  check("NMI: the second one after IRET", nmi_count, 2);
}

#define CORE_PAGE 0x9000
#define CORES_STARTED (CORE_PAGE + 0xF00)
#define CORES_DONE (CORE_PAGE + 0xF04)
#define CORE_SLOT(i) (CORE_PAGE + 0xE00 + 16 * (i))
#define SPIN_ROUNDS 2000000

extern const u8 core_start[], core_end[];

static void wait_for_cores(u32 count) {
  for (u32 i = 0; i < SPIN_ROUNDS && low_word(CORES_DONE) < count; i++) {
    spin(1);
  }
}

static void check_core(u32 slot) {
  check("core: EDX at the start is the processor signature", low_word(CORE_SLOT(slot)), cpuid(1).eax);
  check("core: starts in real mode", low_word(CORE_SLOT(slot) + 4) & 0x80000001, 0);
  check("core: CPUID signature", low_word(CORE_SLOT(slot) + 8), 0x74746942);
  check_true("core: its APIC id is not ours", low_word(CORE_SLOT(slot) + 12) >> 24 != *apic(0x20) >> 24);
}

/* Started twice: from the wait the hypervisor put them in, and out of the HLT they end in. */
void check_cores(void) {
  u32 others = cpuid(0x40000001).ebx - 1;
  for (u32 round = 0; round < 2; round++) {
    for (u32 i = 0; i < 0x1000; i++) {
      ((volatile u8 *)CORE_PAGE)[i] = i < (u32)(core_end - core_start) ? core_start[i] : 0;
    }
    send_ipi(0xC4500);
    spin(20000);
    send_ipi(0xC4600 | CORE_PAGE >> 12);
    wait_for_cores(others);
    const char *name = round ? "cores started again by INIT and SIPI" : "cores started by INIT and SIPI";
    check(name, low_word(CORES_DONE), others);
    for (u32 slot = 0; slot < others && slot < low_word(CORES_STARTED); slot++) {
      check_core(slot);
    }
  }
}

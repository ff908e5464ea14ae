/*
 * Writes to CR0 and CR4 that touch bits the hypervisor owns (NE, VMXE, what the processor does not allow). The guest
 * sees the bits it wrote (read shadows); the processor runs with the ones VMX needs.
 */
#include "cpu.h"
#include "exit.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "tlb.h"
#include "vm.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define ACCESS_MOV_TO_CR 0
#define ACCESS_MOV_FROM_CR 1
#define ACCESS_CLTS 2
#define ACCESS_LMSW 3
#define RIGHTS_LONG 0x2000
#define PAE_PDPTE_RESERVED 0x1E6ull
#define CR4_PDPTE_TRIGGERS (CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP)

/* PAE paging keeps four page-directory pointers in the processor; false when one of them has reserved bits set. */
static bool load_pdptes(const struct core *core) {
  u64 at = vmread(GUEST_CR3) & 0xFFFFFFE0;
  const u64 *pdpte = vm_memory(core->vm, at, 32);
  for (u32 i = 0; pdpte && i < 4; i++) {
    if (pdpte[i] & 1 && pdpte[i] & PAE_PDPTE_RESERVED) {
      return false;
    }
  }
  for (u32 i = 0; pdpte && i < 4; i++) {
    vmwrite(GUEST_PDPTE0 + 2 * i, pdpte[i]);
  }
  return pdpte;
}

static bool pae_paging(u64 cr0, u64 cr4, u64 efer) { return cr0 & CR0_PG && cr4 & CR4_PAE && !(efer & EFER_LMA); }

/* The conditions of MOV to CR0 that end in #GP(0) (SDM volume 2, MOV control registers). */
static bool cr0_faults(u64 value, u64 old) {
  u64 efer = vmread(GUEST_EFER);
  bool enabling = value & CR0_PG && !(old & CR0_PG);
  if ((value & CR0_PG && !(value & CR0_PE)) || (value & CR0_NW && !(value & CR0_CD)) || value >> 32) {
    return true;
  }
  if (enabling && efer & EFER_LME) {
    return !(vmread(GUEST_CR4) & CR4_PAE) || vmread(GUEST_CS_RIGHTS) & RIGHTS_LONG;
  }
  bool disabling = !(value & CR0_PG) && old & CR0_PG;
  return disabling && (guest_in_64bit_code() || vmread(GUEST_CR4) & CR4_PCIDE);
}

/* Long mode begins and ends with CR0.PG; outside of this handler the processor keeps LMA and the control itself. */
static void follow_paging(u64 value) {
  u64 efer = vmread(GUEST_EFER);
  bool active = efer & EFER_LME && value & CR0_PG;
  vmwrite(GUEST_EFER, active ? efer | EFER_LMA : efer & ~EFER_LMA);
  u64 controls = vmread(ENTRY_CONTROLS);
  vmwrite(ENTRY_CONTROLS, active ? controls | ENTRY_IA32E_GUEST : controls & ~(u64)ENTRY_IA32E_GUEST);
}

/* VM entry leaves CD and NW of the processor alone, so a guest's change to them is made here. */
static void follow_caching(u64 value) {
  u64 mask = CR0_CD | CR0_NW;
  if ((read_cr0() ^ value) & mask) {
    write_cr0((read_cr0() & ~mask) | (value & mask));
  }
}

static void write_guest_cr0(struct core *core, u64 value) {
  u64 old = vmread(GUEST_CR0);
  value |= CR0_ET;
  if (cr0_faults(value, old)) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  bool paging_changed = (value ^ old) & CR0_PG;
  follow_paging(value);
  if (paging_changed && pae_paging(value, vmread(GUEST_CR4), vmread(GUEST_EFER)) && !load_pdptes(core)) {
    follow_paging(old);
    inject_exception(core, VECTOR_GP);
    return;
  }
  vmwrite(GUEST_CR0, (value & vmx_config.cr0_fixed1) | (vmx_config.cr0_fixed0 & ~(CR0_PE | CR0_PG)));
  vmwrite(CR0_SHADOW, value);
  follow_caching(value);
  if ((value ^ old) & (CR0_PG | CR0_WP)) {
    tlb_flush_guest(core);
  }
  skip_instruction();
}

static bool cr4_faults(u64 value, u64 old) {
  u64 reserved = ~vmx_config.cr4_fixed1 | CR4_VMXE;
  bool long_mode = vmread(GUEST_EFER) & EFER_LMA;
  if (value & reserved || (long_mode && !(value & CR4_PAE))) {
    return true;
  }
  bool enabling_pcid = value & CR4_PCIDE && !(old & CR4_PCIDE);
  return enabling_pcid && (!long_mode || vmread(GUEST_CR3) & 0xFFF);
}

static void write_guest_cr4(struct core *core, u64 value) {
  u64 old = vmread(GUEST_CR4);
  if (cr4_faults(value, old)) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  bool reload = (value ^ old) & CR4_PDPTE_TRIGGERS && pae_paging(vmread(GUEST_CR0), value, vmread(GUEST_EFER));
  if (reload && !load_pdptes(core)) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  vmwrite(GUEST_CR4, value | vmx_config.cr4_fixed0);
  vmwrite(CR4_SHADOW, value);
  tlb_flush_guest(core);
  skip_instruction();
}

/* Only on processors whose controls force CR3 exits. */
static void write_guest_cr3(struct core *core, u64 value) {
  u64 old = vmread(GUEST_CR3);
  vmwrite(GUEST_CR3, value & ~(1ull << 63));
  if (pae_paging(vmread(GUEST_CR0), vmread(GUEST_CR4), vmread(GUEST_EFER)) && !load_pdptes(core)) {
    vmwrite(GUEST_CR3, old);
    inject_exception(core, VECTOR_GP);
    return;
  }
  tlb_flush_guest(core);
  skip_instruction();
}

/* Of cells only; the primary VM has the processor's task priority. */
static void write_guest_cr8(struct core *core, u64 value) {
  if (value > 0xF) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  vapic_write_cr8(&core->vapic, value);
  skip_instruction();
}

static void mov_to_cr(struct core *core, u32 cr, u32 number) {
  u64 value = guest_register(core, number);
  value = guest_in_64bit_code() ? value : (u32)value;
  switch (cr) {
    case 0: write_guest_cr0(core, value); break;
    case 3: write_guest_cr3(core, value); break;
    case 4: write_guest_cr4(core, value); break;
    case 8: write_guest_cr8(core, value); break;
    default: exit_fatal(core, "MOV to a control register that is not intercepted", STOP_UNHANDLED_EXIT);
  }
}

static void mov_from_cr(struct core *core, u32 cr, u32 number) {
  if (cr != 3 && cr != 8) {
    exit_fatal(core, "MOV from a control register that is not intercepted", STOP_UNHANDLED_EXIT);
  }
  guest_set_register(core, number, cr == 3 ? vmread(GUEST_CR3) : vapic_read_cr8(&core->vapic));
  skip_instruction();
}

/* What the guest believes CR0 to be: shadow where the hypervisor owns the bit. */
static u64 visible_cr0(void) {
  u64 mask = vmread(CR0_MASK);
  return (vmread(GUEST_CR0) & ~mask) | (vmread(CR0_SHADOW) & mask);
}

void exit_cr_access(struct core *core) {
  u64 qualification = vmread(EXIT_QUALIFICATION);
  u32 cr = qualification & 15;
  u32 number = qualification >> 8 & 15;
  u64 source = qualification >> 16 & 0xFFFF;
  switch (qualification >> 4 & 3) {
    case ACCESS_MOV_TO_CR: mov_to_cr(core, cr, number); break;
    case ACCESS_MOV_FROM_CR: mov_from_cr(core, cr, number); break;
    case ACCESS_CLTS: write_guest_cr0(core, visible_cr0() & ~CR0_TS); break;
    default: /* LMSW loads bits 3:0 and cannot clear PE */
      write_guest_cr0(core, (visible_cr0() & ~0xEull) | (source & 0xF));
  }
}

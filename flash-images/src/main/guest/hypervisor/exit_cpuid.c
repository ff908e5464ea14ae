/* CPUID: the processor's own answers without VMX, plus the hypervisor's leaves. */
#include "cpu.h"
#include "exit.h"
#include "guest.h"
#include "memory_functions.h"
#include "version.h"
#include "vmcs_field.h"

#define LEAF1_ECX_VMX (1u << 5)
#define LEAF1_ECX_SMX (1u << 6)
#define LEAF1_ECX_OSXSAVE (1u << 27)
#define LEAF1_ECX_HYPERVISOR (1u << 31)

#define LEAF_SIGNATURE 0x40000000u
#define LEAF_VERSION 0x40000001u
#define LEAF_HYPERVISOR_LAST 0x400000FFu

static struct cpuid hypervisor_leaf(u32 leaf) {
  struct cpuid r = {0, 0, 0, 0};
  if (leaf == LEAF_SIGNATURE) {
    r = (struct cpuid){LEAF_VERSION, 0, 0, 0};
    memcpy(&r.ebx, "Bitt", 4);
    memcpy(&r.ecx, "erli", 4);
    memcpy(&r.edx, "ngHV", 4);
  } else if (leaf == LEAF_VERSION) {
    r.eax = HV_VERSION;
    r.ebx = cores_in_vmx();
  }
  return r;
}

static struct cpuid guest_cpuid(u32 leaf, u32 subleaf) {
  if (leaf >= LEAF_SIGNATURE && leaf <= LEAF_HYPERVISOR_LAST) {
    return hypervisor_leaf(leaf);
  }
  struct cpuid r = cpuid(leaf, subleaf);
  if (leaf == 1) {
    r.ecx &= ~(LEAF1_ECX_VMX | LEAF1_ECX_SMX | LEAF1_ECX_OSXSAVE);
    r.ecx |= LEAF1_ECX_HYPERVISOR;
    if (vmread(GUEST_CR4) & CR4_OSXSAVE) {
      r.ecx |= LEAF1_ECX_OSXSAVE;
    }
  }
  return r;
}

void exit_cpuid(struct core *core) {
  struct cpuid r = guest_cpuid((u32)core->regs.rax, (u32)core->regs.rcx);
  core->regs.rax = r.eax;
  core->regs.rbx = r.ebx;
  core->regs.rcx = r.ecx;
  core->regs.rdx = r.edx;
  skip_instruction();
}

/* Guest-physical accesses that EPT stops. */
#include "cell.h"
#include "exit.h"
#include "exit_report.h"
#include "guest.h"
#include "guest_memory.h"
#include "log.h"
#include "memory.h"
#include "mmio.h"
#include "vm.h"
#include "vmcs_field.h"

#define APIC_PAGE 0xFEE00000ull
#define LONGEST_INSTRUCTION 15

static const char *access_name(u64 qualification) {
  return qualification & 2 ? "write to" : qualification & 4 ? "instruction fetch from" : "read of";
}

static void violation_of_primary(struct core *core) {
  u64 address = vmread(GUEST_PHYSICAL_ADDRESS);
  if (ept_map_on_demand(&core->vm->ept, address)) {
    return;
  }
  const struct vm *owner = vm_of_mmio(address);
  const char *what = in_hv_memory(address, 1) ? "the hypervisor's memory"
                     : in_hidden(address, 1)  ? "hidden memory"
                     : owner                  ? owner->config->name
                                              : "no memory there";
  hv_log("core %u: guest %s %X (%s) at RIP %X: injecting #GP", core->index, access_name(vmread(EXIT_QUALIFICATION)),
         address, what, vmread(GUEST_RIP));
  inject_exception(core, VECTOR_GP);
}

static bool decode(const struct core *core, struct mmio_access *access) {
  u8 code[LONGEST_INSTRUCTION];
  u32 available = guest_fetch(core, code, sizeof(code));
  return mmio_decode(code, available, guest_code_bits(), access);
}

static void apic_access(struct core *core, u32 offset, const struct mmio_access *access) {
  if (access->write) {
    vapic_write(core, offset, access->constant ? access->value : (u32)guest_register(core, access->reg));
  } else {
    guest_set_register(core, access->reg, vapic_read(core, offset));
  }
}

/* A cell has nothing to see there: ones are read, what is written is gone. */
static void absent_access(struct core *core, const struct mmio_access *access) {
  if (!access->write) {
    guest_set_register(core, access->reg, 0xFFFFFFFF);
  }
}

static void violation_of_cell(struct core *core) {
  u64 address = vmread(GUEST_PHYSICAL_ADDRESS);
  u64 qualification = vmread(EXIT_QUALIFICATION);
  bool apic = ALIGN_DOWN(address, PAGE) == APIC_PAGE;
  struct mmio_access access;
  bool plain = !(qualification & 4) && decode(core, &access);
  if (plain && apic) {
    apic_access(core, (u32)(address - APIC_PAGE), &access);
    skip_bytes(access.length);
    return;
  }
  if (!cell_may_ignore(core, access_name(qualification), address)) {
    return;
  }
  if (plain) {
    absent_access(core, &access);
    skip_bytes(access.length);
  } else {
    inject_exception(core, VECTOR_GP);
  }
}

void exit_ept_violation(struct core *core) {
  if (vm_is_cell(core->vm)) {
    violation_of_cell(core);
  } else {
    violation_of_primary(core);
  }
}

void exit_ept_misconfiguration(struct core *core) {
  hv_log("core %u: EPT misconfiguration for guest-physical address %X", core->index, vmread(GUEST_PHYSICAL_ADDRESS));
  exit_fatal(core, "the EPT tables are damaged", STOP_EPT);
}

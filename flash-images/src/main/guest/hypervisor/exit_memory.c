/* Guest-physical accesses that EPT stops. */
#include "ept.h"
#include "exit.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "memory.h"
#include "vmcs_field.h"

static const char *access_name(u64 qualification) {
  return qualification & 2 ? "write to" : qualification & 4 ? "instruction fetch from" : "read of";
}

void exit_ept_violation(struct core *core) {
  u64 address = vmread(GUEST_PHYSICAL_ADDRESS);
  if (ept_map_on_demand(address)) {
    return;
  }
  const char *what = in_hv_memory(address, 1) ? "the hypervisor's memory" : "no memory there";
  hv_log("core %u: guest %s %X (%s) at RIP %X: injecting #GP", core->index, access_name(vmread(EXIT_QUALIFICATION)),
         address, what, vmread(GUEST_RIP));
  inject_exception(core, VECTOR_GP);
}

void exit_ept_misconfiguration(struct core *core) {
  hv_log("core %u: EPT misconfiguration for guest-physical address %X", core->index, vmread(GUEST_PHYSICAL_ADDRESS));
  exit_fatal(core, "the EPT tables are damaged", STOP_EPT);
}

#include "exit.h"

#include "cell.h"
#include "cpu.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "primary.h"
#include "vm.h"
#include "vmcs.h"
#include "vmcs_field.h"

#define REASON_ENTRY_FAILURE 0x80000000u
#define REASON_INIT 3

struct exit_row {
  u32 reason;
  exit_handler *handler;
};

/* SDM volume 3 appendix C. A reason without a row here is fatal. */
static const struct exit_row rows[] = {
    {0, exit_nmi},
    {1, exit_external_interrupt},
    {2, exit_triple_fault},
    {3, exit_init},
    {4, exit_sipi},
    {7, exit_interrupt_window},
    {8, exit_nmi_window},
    {10, exit_cpuid},
    {11, exit_vmx_instruction},
    {13, exit_invd},
    {18, exit_vmcall},
    {19, exit_vmx_instruction},
    {20, exit_vmx_instruction},
    {21, exit_vmx_instruction},
    {22, exit_vmx_instruction},
    {23, exit_vmx_instruction},
    {24, exit_vmx_instruction},
    {25, exit_vmx_instruction},
    {26, exit_vmx_instruction},
    {27, exit_vmx_instruction},
    {28, exit_cr_access},
    {30, exit_io},
    {31, exit_rdmsr},
    {32, exit_wrmsr},
    {48, exit_ept_violation},
    {49, exit_ept_misconfiguration},
    {50, exit_vmx_instruction},
    {52, exit_timer},
    {53, exit_vmx_instruction},
    {54, exit_wbinvd},
    {55, exit_xsetbv},
    {59, exit_vmx_instruction},
};

static const struct exit_row *find_row(u32 reason) {
  for (u32 i = 0; i < COUNT(rows); i++) {
    if (rows[i].reason == reason) {
      return &rows[i];
    }
  }
  return NULL;
}

static _Noreturn void entry_failed(struct core *core, u32 reason) {
  hv_log("FATAL: core %u: VM entry failed: exit reason %x, qualification %X; the hypervisor gives up", core->index,
         reason, vmread(EXIT_QUALIFICATION));
  vmcs_dump(core);
  hv_stop(STOP_ENTRY_FAILED);
}

/* From vmentry.S: VMLAUNCH or VMRESUME came back with a flag set. */
_Noreturn void vm_instruction_failed(struct core *core, u64 rflags) {
  const char *instruction = core->launched ? "VMRESUME" : "VMLAUNCH";
  if (rflags & RFLAGS_ZF) {
    hv_log("FATAL: core %u: %s failed: VM-instruction error %U; the hypervisor gives up", core->index, instruction,
           vmread(INSTRUCTION_ERROR));
    vmcs_dump(core);
  } else {
    hv_log("FATAL: core %u: %s failed: no current VMCS; the hypervisor gives up", core->index, instruction);
  }
  hv_stop(STOP_ENTRY_FAILED);
}

/* A cell must not be able to stop the board. */
static void no_handler(struct core *core, u32 reason) {
  if (!vm_is_cell(core->vm)) {
    exit_fatal(core, "no handler for this VM exit", STOP_UNHANDLED_EXIT);
  }
  hv_log("VM %s: VM exit %u (%s) is not supported", core->vm->config->name, reason, exit_name(reason));
  cell_end(core, "unsupported VM exit", RESTART_NEVER);
}

static void end_triple_fault(struct core *core) {
  core->triple_fault = 0;
  if (vm_is_cell(core->vm)) {
    cell_end(core, "triple fault", core->vm->config->restart);
  } else {
    primary_triple_fault(core);
  }
}

void exit_dispatch(struct core *core) {
  u32 full_reason = (u32)vmread(EXIT_REASON);
  u32 reason = full_reason & 0xFFFF;
  core->exits[reason < EXIT_REASONS ? reason : EXIT_REASONS - 1]++;
  core->event_set = 0;
  if (reason != REASON_INIT) {
    core->fresh_start = 0;
  }
  if (full_reason & REASON_ENTRY_FAILURE) {
    entry_failed(core, full_reason);
  }
  guest_restore_nmi_blocking(reason);
  const struct exit_row *row = find_row(reason);
  if (!row) {
    no_handler(core, reason);
  } else {
    row->handler(core);
  }
  if (core->triple_fault) {
    end_triple_fault(core);
  }
  guest_reinject(core);
  if (core->pending_nmi && !core->event_set) {
    inject_nmi(core);
  }
  core_settle(core);
}

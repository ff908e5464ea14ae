/* What happens to a core rather than to an instruction: INIT, SIPI, NMI, interrupts, triple fault. */
#include "apic.h"
#include "cpu.h"
#include "exit.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "tlb.h"
#include "vm.h"
#include "vmcs.h"
#include "vmcs_field.h"
#include "vmx_config.h"

/* Nothing outside reaches a cell: the primary VM, which addresses all processors it wants, may still try. */
static void refuse_init(struct core *core) {
  if (core->vm->violations++ == 0) {
    hv_log("VM %s: INIT from outside is ignored (core %u)", core->vm->config->name, core->index);
  }
}

void exit_init(struct core *core) {
  if (vm_is_cell(core->vm)) {
    refuse_init(core);
    return;
  }
  if (core->bootstrap) {
    /* INIT would restart this core at the reset vector of a board that is already set up. */
    hv_log("core %u: INIT of the bootstrap processor: resetting the board", core->index);
    log_exit_statistics();
    board_reset();
  }
  core->event_set = 1; /* INIT drops whatever was being delivered */
  /*
   * Wait-for-SIPI holds INIT back. The one a guest sends before its start-up IPI to a core that waits already arrives
   * only now, at the first instruction: it must not undo the start.
   */
  if (core->fresh_start && vmread(GUEST_RIP) == 0) {
    core->fresh_start = 0;
    guest_start_at(core, core->start_vector);
    return;
  }
  guest_reset(core);
  tlb_flush_guest(core);
  vmwrite(GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
  core->waiting = 1;
}

void exit_sipi(struct core *core) {
  core->start_vector = vmread(EXIT_QUALIFICATION) & 0xFF;
  core->fresh_start = 1;
  core->waiting = 0;
  guest_start_at(core, core->start_vector);
  hv_log("core %u (APIC id %u) started by its guest at %X", core->index, core->apic_id, (u64)core->start_vector << 12);
}

/* Not intercepted; should a processor force the control on, the guest takes the interrupt after this entry. */
void exit_external_interrupt(struct core *core) {
  if (vm_is_cell(core->vm)) {
    apic_end_of_interrupt(); /* taken by the exit; what it was for stands in the requests */
    return;
  }
  u64 controls = vmread(PIN_CONTROLS);
  if (!(controls & PIN_EXTERNAL_INTERRUPT) || vmx_config.pin & PIN_EXTERNAL_INTERRUPT) {
    exit_fatal(core, "external interrupt exit that cannot be switched off", STOP_UNHANDLED_EXIT);
  }
  vmwrite(PIN_CONTROLS, controls & ~(u64)PIN_EXTERNAL_INTERRUPT);
}

void exit_nmi(struct core *core) {
  u32 event = (u32)vmread(EXIT_EVENT);
  if ((event & EVENT_TYPE_MASK) != EVENT_NMI) {
    exit_fatal(core, "exception exit, though no exception is intercepted", STOP_UNHANDLED_EXIT);
  }
  if (!core_take_kick(core) && !vm_is_cell(core->vm)) {
    inject_nmi(core);
  }
}

void exit_nmi_window(struct core *core) {
  vmwrite(PRIMARY_CONTROLS, vmx_config.primary);
  if (core->pending_nmi) {
    inject_nmi(core);
  }
}

void exit_triple_fault(struct core *core) { core->triple_fault = 1; }

/* The next entry looks at the virtual local APIC of a cell, or at the console (cell.c, primary.c). */
void exit_timer(struct core *core) { (void)core; }

/* The interrupt that was waited for is injected at the next entry. */
void exit_interrupt_window(struct core *core) { (void)core; }

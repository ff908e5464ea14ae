#include "exit.h"

#include "cpu.h"
#include "log.h"
#include "vmcs.h"
#include "vmx.h"

#define REASON_ENTRY_FAILURE 0x80000000u
#define RIGHTS_LONG 0x2000
#define RIGHTS_DPL_SHIFT 5
#define PENDING_DEBUG_BS 0x4000
#define NMI_UNBLOCKED_BY_IRET 0x1000u
#define REASON_INIT 3
#define REASON_EPT_VIOLATION 48

struct exit_row {
  u32 reason;
  const char *name;
  exit_handler *handler;
};

/* SDM volume 3 appendix C. A reason without a row here is fatal. */
static const struct exit_row rows[] = {
    {0, "exception or NMI", exit_nmi},
    {1, "external interrupt", exit_external_interrupt},
    {2, "triple fault", exit_triple_fault},
    {3, "INIT", exit_init},
    {4, "SIPI", exit_sipi},
    {8, "NMI window", exit_nmi_window},
    {10, "CPUID", exit_cpuid},
    {11, "GETSEC", exit_vmx_instruction},
    {13, "INVD", exit_invd},
    {18, "VMCALL", exit_vmcall},
    {19, "VMCLEAR", exit_vmx_instruction},
    {20, "VMLAUNCH", exit_vmx_instruction},
    {21, "VMPTRLD", exit_vmx_instruction},
    {22, "VMPTRST", exit_vmx_instruction},
    {23, "VMREAD", exit_vmx_instruction},
    {24, "VMRESUME", exit_vmx_instruction},
    {25, "VMWRITE", exit_vmx_instruction},
    {26, "VMXOFF", exit_vmx_instruction},
    {27, "VMXON", exit_vmx_instruction},
    {28, "CR access", exit_cr_access},
    {30, "I/O", exit_io},
    {31, "RDMSR", exit_rdmsr},
    {32, "WRMSR", exit_wrmsr},
    {48, "EPT violation", exit_ept_violation},
    {49, "EPT misconfiguration", exit_ept_misconfiguration},
    {50, "INVEPT", exit_vmx_instruction},
    {53, "INVVPID", exit_vmx_instruction},
    {54, "WBINVD", exit_wbinvd},
    {55, "XSETBV", exit_xsetbv},
    {59, "VMFUNC", exit_vmx_instruction},
};

static const struct exit_row *find_row(u32 reason) {
  for (u32 i = 0; i < COUNT(rows); i++) {
    if (rows[i].reason == reason) {
      return &rows[i];
    }
  }
  return NULL;
}

const char *exit_name(u32 reason) {
  const struct exit_row *row = find_row(reason);
  return row ? row->name : "reason";
}

u32 guest_cpl(void) { return (u32)vmread(GUEST_SS_RIGHTS) >> RIGHTS_DPL_SHIFT & 3; }

bool guest_in_64bit_code(void) {
  return vmread(GUEST_EFER) & EFER_LMA && vmread(GUEST_CS_RIGHTS) & RIGHTS_LONG;
}

void skip_instruction(void) {
  u64 rip = vmread(GUEST_RIP) + vmread(EXIT_INSTRUCTION_LENGTH);
  vmwrite(GUEST_RIP, guest_in_64bit_code() ? rip : (u32)rip);
  vmwrite(GUEST_INTERRUPTIBILITY, vmread(GUEST_INTERRUPTIBILITY) & ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
  if (vmread(GUEST_RFLAGS) & RFLAGS_TF) {
    vmwrite(GUEST_PENDING_DEBUG, vmread(GUEST_PENDING_DEBUG) | PENDING_DEBUG_BS);
  }
}

static void inject(struct core *core, u32 event, u32 error_code, u32 length) {
  vmwrite(ENTRY_EVENT, event);
  vmwrite(ENTRY_ERROR_CODE, error_code);
  vmwrite(ENTRY_INSTRUCTION_LENGTH, length);
  core->event_set = 1;
}

/* #DE, #TS, #NP, #SS, #GP and #PF: a second fault while one of these is delivered is a double fault. */
static bool contributory(u32 vector) { return vector == 0 || (vector >= 10 && vector <= 14); }

void inject_exception(struct core *core, u8 vector) {
  u32 pending = (u32)vmread(IDT_VECTORING);
  u32 first = pending & 0xFF;
  if (pending & EVENT_VALID && (pending & EVENT_TYPE_MASK) == EVENT_EXCEPTION) {
    if (first == VECTOR_DF) {
      exit_triple_fault(core);
    }
    if (contributory(first) && contributory(vector)) {
      vector = VECTOR_DF;
    }
  }
  /* An event that woke the guest from HLT may be what failed: entry allows no #GP or #DF in that state. */
  vmwrite(GUEST_ACTIVITY, ACTIVITY_ACTIVE);
  /* In real mode exceptions push no error code, and VM entry refuses one. */
  bool error = vector != VECTOR_UD && vmread(GUEST_CR0) & CR0_PE;
  inject(core, EVENT_VALID | EVENT_EXCEPTION | (error ? EVENT_HAS_ERROR : 0) | vector, 0, 0);
}

void inject_nmi(struct core *core) {
  u64 blocking = vmread(GUEST_INTERRUPTIBILITY);
  bool blocked = blocking & (BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI);
  bool delivering = core->event_set || vmread(IDT_VECTORING) & EVENT_VALID;
  bool busy = blocked || delivering || vmread(GUEST_ACTIVITY) == ACTIVITY_WAIT_FOR_SIPI;
  if (busy) {
    core->pending_nmi = 1;
    vmwrite(PRIMARY_CONTROLS, vmx_config.primary | PRIMARY_NMI_WINDOW);
    return;
  }
  core->pending_nmi = 0;
  /* The NMI window opens behind STI, where some processors refuse the injection: the shadow ends here. */
  vmwrite(GUEST_INTERRUPTIBILITY, blocking & ~BLOCKING_BY_STI);
  inject(core, EVENT_VALID | EVENT_NMI | 2, 0, 0);
}

/* An event whose delivery the exit broke off is delivered again, unless the handler chose another. */
static void reinject_event(struct core *core) {
  u32 pending = (u32)vmread(IDT_VECTORING);
  if (!(pending & EVENT_VALID) || core->event_set) {
    return;
  }
  u32 type = pending & EVENT_TYPE_MASK;
  if (type == EVENT_NMI) {
    vmwrite(GUEST_INTERRUPTIBILITY, vmread(GUEST_INTERRUPTIBILITY) & ~BLOCKING_BY_NMI);
  }
  bool soft = type == EVENT_SOFT_INTERRUPT || type == EVENT_SOFT_PRIVILEGED || type == EVENT_SOFT_EXCEPTION;
  u32 error_code = pending & EVENT_HAS_ERROR ? (u32)vmread(IDT_VECTORING_ERROR_CODE) : 0;
  u32 event = pending & (EVENT_VALID | EVENT_HAS_ERROR | EVENT_TYPE_MASK | 0xFF);
  inject(core, event, error_code, soft ? (u32)vmread(EXIT_INSTRUCTION_LENGTH) : 0);
}

/* An IRET that unblocked NMIs and then caused this exit runs again: the blocking must be back. */
static void restore_nmi_blocking(u32 reason) {
  u64 iret = reason == REASON_EPT_VIOLATION ? vmread(EXIT_QUALIFICATION) : 0;
  if (iret & NMI_UNBLOCKED_BY_IRET && !(vmread(IDT_VECTORING) & EVENT_VALID)) {
    vmwrite(GUEST_INTERRUPTIBILITY, vmread(GUEST_INTERRUPTIBILITY) | BLOCKING_BY_NMI);
  }
}

_Noreturn void exit_fatal(struct core *core, const char *what, u32 stop_code) {
  u32 reason = (u32)vmread(EXIT_REASON) & 0xFFFF;
  hv_log("FATAL: core %u: %s (exit reason %u, %s)", core->index, what, reason, exit_name(reason));
  vmcs_dump(core);
  hv_stop(stop_code);
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
  restore_nmi_blocking(reason);
  const struct exit_row *row = find_row(reason);
  if (!row) {
    exit_fatal(core, "no handler for this VM exit", STOP_UNHANDLED_EXIT);
  }
  row->handler(core);
  reinject_event(core);
  if (core->pending_nmi && !core->event_set) {
    inject_nmi(core);
  }
}

static void log_core_statistics(const struct core *core) {
  u64 total = 0;
  for (u32 reason = 0; reason < EXIT_REASONS; reason++) {
    total += core->exits[reason];
  }
  hv_log_begin();
  hv_log_part("core %u: %U VM exits", core->index, total);
  for (u32 reason = 0; reason < EXIT_REASONS; reason++) {
    if (core->exits[reason]) {
      hv_log_part(", %s (%u): %U", exit_name(reason), reason, core->exits[reason]);
    }
  }
  hv_log_end();
}

void log_exit_statistics(void) {
  for (u32 i = 0; i < core_count; i++) {
    log_core_statistics(cores[i]);
  }
}

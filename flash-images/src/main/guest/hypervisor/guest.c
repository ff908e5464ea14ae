#include "guest.h"

#include "cpu.h"
#include "vm.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define RIGHTS_LONG 0x2000
#define RIGHTS_DB 0x4000
#define RIGHTS_DPL_SHIFT 5
#define PENDING_DEBUG_BS 0x4000
#define REGISTER_RSP 4
#define NMI_UNBLOCKED_BY_IRET 0x1000u
#define REASON_EPT_VIOLATION 48

u32 guest_cpl(void) { return (u32)vmread(GUEST_SS_RIGHTS) >> RIGHTS_DPL_SHIFT & 3; }

bool guest_in_64bit_code(void) {
  return vmread(GUEST_EFER) & EFER_LMA && vmread(GUEST_CS_RIGHTS) & RIGHTS_LONG;
}

u64 guest_register(const struct core *core, u32 number) {
  return number == REGISTER_RSP ? vmread(GUEST_RSP) : core->reg[number];
}

void guest_set_register(struct core *core, u32 number, u64 value) {
  if (number == REGISTER_RSP) {
    vmwrite(GUEST_RSP, value);
  } else {
    core->reg[number] = value;
  }
}

u32 guest_code_bits(void) {
  if (guest_in_64bit_code()) {
    return 64;
  }
  return vmread(GUEST_CS_RIGHTS) & RIGHTS_DB ? 32 : 16;
}

void skip_instruction(void) { skip_bytes(vmread(EXIT_INSTRUCTION_LENGTH)); }

void skip_bytes(u64 length) {
  u64 rip = vmread(GUEST_RIP) + length;
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
      core->triple_fault = 1;
      core->event_set = 1;
      return;
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

bool guest_takes_interrupts(const struct core *core) {
  bool delivering = core->event_set || vmread(IDT_VECTORING) & EVENT_VALID;
  bool blocked = vmread(GUEST_INTERRUPTIBILITY) & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS);
  return !delivering && !blocked && vmread(GUEST_RFLAGS) & RFLAGS_IF;
}

void inject_interrupt(struct core *core, u8 vector) { inject(core, EVENT_VALID | EVENT_INTERRUPT | vector, 0, 0); }

/* The timer counts from the entry on, also while the guest halts. */
void guest_set_timer(const struct core *core, u64 deadline) {
  u32 pin = vm_is_cell(core->vm) ? vmx_config.cell_pin & ~PIN_PREEMPTION_TIMER : vmx_config.pin;
  vmwrite(PIN_CONTROLS, deadline ? pin | PIN_PREEMPTION_TIMER : pin);
  if (deadline) {
    u64 now = rdtsc();
    u64 steps = deadline > now ? ((deadline - now) >> vmx_config.timer_shift) + 1 : 0;
    vmwrite(PREEMPTION_TIMER, steps < 0xFFFFFFFF ? steps : 0xFFFFFFFF);
  }
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
void guest_reinject(struct core *core) {
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
void guest_restore_nmi_blocking(u32 reason) {
  u64 iret = reason == REASON_EPT_VIOLATION ? vmread(EXIT_QUALIFICATION) : 0;
  if (iret & NMI_UNBLOCKED_BY_IRET && !(vmread(IDT_VECTORING) & EVENT_VALID)) {
    vmwrite(GUEST_INTERRUPTIBILITY, vmread(GUEST_INTERRUPTIBILITY) | BLOCKING_BY_NMI);
  }
}

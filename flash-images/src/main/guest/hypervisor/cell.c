#include "cell.h"

#include "apic.h"
#include "cpu.h"
#include "guest.h"
#include "log.h"
#include "memory_functions.h"
#include "payload.h"
#include "primary.h"
#include "time.h"
#include "tlb.h"
#include "vm.h"
#include "vmcs.h"
#include "vmcs_field.h"

bool vm_request_start(struct vm *vm) {
  if (!vm->first) {
    return false;
  }
  core_request(vm->first, REQUEST_START);
  return true;
}

static void cell_wait(struct core *core) {
  guest_reset(core);
  core->event_set = 1; /* what was being delivered is gone */
  vapic_reset(&core->vapic);
  tlb_flush_guest(core);
  core->waiting = 1;
}

static void cell_start(struct core *core) {
  struct vm *vm = core->vm;
  u64 begin = rdtsc();
  bool again = vm->ran;
  if (!vm_stop_others(core)) {
    return;
  }
  cell_wait(core);
  vm->state = VM_STOPPED;
  vm->line_length = 0;
  memset((void *)vm->base, 0, vm->config->memory);
  u32 entry;
  if (payload_load(vm, &entry)) {
    return;
  }
  guest_flat32(core, entry);
  core->waiting = 0;
  vm->state = VM_RUNNING;
  vm->ran = true;
  vm->restarts += again;
  hv_log("VM %s %s at %x on core %u after %U us", vm->config->name, again ? "started again" : "started", entry,
         core->index, time_us(rdtsc() - begin));
}

/* The guest's start-up IPI counts only while the core waits for one. */
static void startup(struct core *core) {
  if (core->waiting && core->vm->state == VM_RUNNING) {
    guest_start_at(core, core->startup_vector);
    core->waiting = 0;
  }
}

static void serve_cell(struct core *core, u32 requests) {
  if (requests & (REQUEST_WAIT | REQUEST_INIT)) {
    cell_wait(core);
  }
  if (requests & REQUEST_STARTUP) {
    startup(core);
  }
  if (requests & REQUEST_START) {
    cell_start(core);
  }
}

/* Most exits find none, and then need no locked access. */
static u32 take_requests(struct core *core) {
  return core->requests ? __atomic_exchange_n(&core->requests, 0, __ATOMIC_SEQ_CST) : 0;
}

/* Interrupts are open only while halted here: they wake, and that is all (idt.c). */
static void settle_cell(struct core *core) {
  serve_cell(core, take_requests(core));
  while (core->waiting) {
    if (!core->requests) {
      asm volatile("sti; hlt; cli" : : : "memory");
    }
    serve_cell(core, take_requests(core));
  }
  vapic_timer(core);
  vapic_deliver(core);
  guest_set_timer(core, core->vapic.deadline);
}

void core_settle(struct core *core) {
  if (vm_is_cell(core->vm)) {
    settle_cell(core);
  } else {
    primary_serve(core, take_requests(core));
  }
}

void cell_end(struct core *core, const char *why, enum restart_policy policy) {
  struct vm *vm = core->vm;
  bool again = policy == RESTART_VM;
  hv_log("VM %s: %s at RIP %X (core %u): %s", vm->config->name, why, vmread(GUEST_RIP), core->index,
         again ? "starting it again" : "stopped");
  if (!again) {
    vm_stop_others(core);
    vm->state = VM_STOPPED;
  }
  cell_wait(core);
  if (again) {
    vm_request_start(vm);
  }
}

bool cell_may_ignore(struct core *core, const char *what, u64 where) {
  struct vm *vm = core->vm;
  vm->violations++;
  if (vm->config->ignore_violations) {
    return true;
  }
  hv_log("VM %s: %s %X, which is not its own", vm->config->name, what, where);
  cell_end(core, "isolation violation", RESTART_NEVER);
  return false;
}

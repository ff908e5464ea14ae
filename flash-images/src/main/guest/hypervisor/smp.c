#include "smp.h"

#include "apic.h"
#include "core.h"
#include "cpu.h"
#include "log.h"
#include "memory.h"
#include "memory_functions.h"
#include "paging.h"
#include "time.h"
#include "vmx.h"

#define INIT_TO_STARTUP_US 10000
#define STARTUP_TRIES 2
#define STARTUP_ANSWER_US 2000
#define VMX_ANSWER_US 1000000

extern const char trampoline_start[], trampoline_end[];

static volatile u32 *seen(void) { return (volatile u32 *)(TRAMPOLINE_BASE + (u64)TRAMPOLINE_SEEN); }

/* First C code of an application processor, on its own stack. */
static _Noreturn void ap_main(struct core *core) {
  core_load_tables(core);
  core->state = CORE_RUNNING;
  if (!vmx_start_core(core)) {
    core->state = CORE_FAILED;
    for (;;) {
      asm volatile("cli; hlt");
    }
  }
  vmx_wait_for_sipi(core);
}

static void fill_trampoline(struct core *core) {
  u8 *page = (u8 *)(u64)TRAMPOLINE_BASE;
  memset(page, 0, PAGE);
  memcpy(page, trampoline_start, (u64)trampoline_end - (u64)trampoline_start);
  *(u64 *)(page + TRAMPOLINE_CR3) = paging_root();
  *(u64 *)(page + TRAMPOLINE_ENTRY) = (u64)ap_main;
  *(u64 *)(page + TRAMPOLINE_STACK) = core->anchor;
  *(u64 *)(page + TRAMPOLINE_CORE) = (u64)core;
}

static bool wake(u32 id) {
  apic_send_init(id);
  delay_us(INIT_TO_STARTUP_US);
  for (int i = 0; i < STARTUP_TRIES; i++) {
    apic_send_startup(id, TRAMPOLINE_BASE / PAGE);
    if (wait_for(seen(), 1, STARTUP_ANSWER_US)) {
      return true;
    }
  }
  return false;
}

/* False when no processor answers at this id: then the core structure serves the next candidate. */
static bool start_one(struct core *core) {
  core->state = CORE_STARTING;
  fill_trampoline(core);
  if (!wake(core->apic_id)) {
    return false;
  }
  for (u32 waited = 0; waited < VMX_ANSWER_US && core->state != CORE_VMX && core->state != CORE_FAILED; waited += 20) {
    delay_us(20);
  }
  if (core->state != CORE_VMX) {
    hv_log("ERROR: core %u (APIC id %u) started, but is not in VMX operation (state %u)", core->index, core->apic_id,
           core->state);
  }
  return true;
}

void smp_start_all(void) {
  u32 ids[256];
  u32 expected = 0;
  u32 candidates = apic_candidates(ids, COUNT(ids), &expected);
  u8 *saved = arena_pages(1);
  memcpy(saved, (void *)(u64)TRAMPOLINE_BASE, PAGE);
  struct core *core = NULL;
  u32 started = 1;
  for (u32 i = 0; i < candidates && started < expected && started < MAX_CORES; i++) {
    core = core ? core : core_new(ids[i]);
    core->apic_id = ids[i];
    if (start_one(core)) {
      core = NULL;
      started++;
    }
  }
  if (core) {
    core_count--;
  }
  memcpy((void *)(u64)TRAMPOLINE_BASE, saved, PAGE);
  if (core_count < expected) {
    hv_log("ERROR: %u of %u cores answered the start-up IPI", core_count, expected);
  }
}

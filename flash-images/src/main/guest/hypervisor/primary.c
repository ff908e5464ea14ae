#include "primary.h"

#include "apic.h"
#include "boot_info.h"
#include "console.h"
#include "coreboot_table.h"
#include "cpu.h"
#include "devices.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "memory.h"
#include "memory_functions.h"
#include "payload.h"
#include "time.h"
#include "tlb.h"
#include "vm.h"
#include "vmcs.h"
#include "vmcs_field.h"

#define BACKUP_SIZE (2 * MIB)
#define MAX_PIECES 8
#define TABLES_LOW 0xE0000
#define TABLES_END 0x100000
#define CONSOLE_PERIOD_US 10000

/* What the firmware leaves for its payload: where it was, and the copy. */
struct piece {
  u64 at, size, copy;
};

static struct piece pieces[MAX_PIECES];
static u32 piece_count;
static u64 backup_used;
static bool kept;

static u64 backup_base(void) { return hidden_base; }

/* The operator, a cell's hypercall or the policy may ask for a new start. */
static bool may_start_again(void) { return config.console || config.vm[0].restart == RESTART_VM || config.count > 1; }

u64 primary_backup_size(void) { return may_start_again() ? BACKUP_SIZE : 0; }

static bool keep(u64 at, u64 size) {
  if (piece_count == MAX_PIECES || backup_used + size > BACKUP_SIZE) {
    return false;
  }
  struct piece *piece = &pieces[piece_count++];
  *piece = (struct piece){at, size, backup_base() + backup_used};
  memcpy((void *)piece->copy, (void *)at, size);
  backup_used += ALIGN_UP(size, 16);
  return true;
}

static bool keep_table_ranges(void) {
  struct coreboot_table table = {boot_info.shared_base, boot_info.shared_base};
  u32 count = 0;
  const struct lb_memory_range *range = coreboot_memory(&table, &count);
  for (u32 i = 0; range && i < count; i++, range++) {
    bool tables = range->type == LB_MEM_TABLE && range->start >= MIB && range->start < 4 * GIB;
    if (tables && !keep(range->start, range->size)) {
      return false;
    }
  }
  return true;
}

void primary_keep_tables(void) {
  if (!may_start_again()) {
    return;
  }
  apic_keep();
  kept = keep(0, PAGE) && keep(TABLES_LOW, TABLES_END - TABLES_LOW) && keep_table_ranges();
  if (!kept) {
    hv_log("ERROR: the firmware's tables take more than %U KiB: the primary VM cannot start again", BACKUP_SIZE / KIB);
  }
}

void primary_load(struct core *core) {
  u32 entry;
  u32 stop = payload_load(core->vm, &entry);
  if (stop) {
    hv_stop(stop);
  }
  guest_flat32(core, entry);
  core->vm->state = VM_RUNNING;
  hv_log("entering SeaBIOS at 0x%x (core %u)", entry, core->index);
}

/* The guest's state is dropped, the core waits for its start-up IPI; its local APIC is as after INIT. */
static void wait_for_startup(struct core *core) {
  apic_reset(core->bootstrap);
  guest_reset(core);
  tlb_flush_guest(core);
  core->event_set = 1;
  core->waiting = 1;
  vmwrite(GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
}

static void restore(void) {
  for (u32 i = 0; i < piece_count; i++) {
    memcpy((void *)pieces[i].at, (void *)pieces[i].copy, pieces[i].size);
  }
}

static void start_again(struct core *core) {
  u64 begin = rdtsc();
  if (!kept || !vm_stop_others(core)) {
    hv_log("the primary VM cannot start again: resetting the board");
    board_reset();
  }
  core->vm->state = VM_STOPPED;
  devices_quiet();
  wait_for_startup(core);
  core->waiting = 0;
  restore();
  vmwrite(GUEST_ACTIVITY, ACTIVITY_ACTIVE);
  primary_load(core);
  core->vm->restarts++;
  hv_log("VM %s started again after %U us", core->vm->config->name, time_us(rdtsc() - begin));
}

/* The guest may be deaf to its UART: the bootstrap core looks at it from time to time. */
static void look_at_console(const struct core *core) {
  static u64 next;
  u64 now = rdtsc();
  if (now >= next) {
    console_poll();
    next = now + time_counts(CONSOLE_PERIOD_US);
  }
  guest_set_timer(core, next);
}

void primary_serve(struct core *core, u32 requests) {
  if (requests & REQUEST_WAIT) {
    wait_for_startup(core);
  }
  if (requests & REQUEST_START) {
    start_again(core);
  }
  if (config.console && core->bootstrap) {
    look_at_console(core);
  }
}

void primary_triple_fault(struct core *core) {
  bool again = core->vm->config->restart == RESTART_VM;
  hv_log("core %u: triple fault in the guest at RIP %X (CS base %X, CR0 %X): %s", core->index, vmread(GUEST_RIP),
         vmread(GUEST_CS_BASE), vmread(GUEST_CR0), again ? "starting the VM again" : "resetting the board");
  vmcs_dump(core);
  if (!again) {
    log_exit_statistics();
    board_reset();
  }
  struct core *first = core->vm->first;
  if (core == first) {
    start_again(core);
    return;
  }
  wait_for_startup(core);
  core_request(first, REQUEST_START);
}

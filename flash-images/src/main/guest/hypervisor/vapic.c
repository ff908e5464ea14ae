#include "vapic.h"

#include "core.h"
#include "cpu.h"
#include "guest.h"
#include "memory_functions.h"
#include "vm.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define REG_ID 0x20
#define REG_VERSION 0x30
#define REG_TPR 0x80
#define REG_PPR 0xA0
#define REG_EOI 0xB0
#define REG_LDR 0xD0
#define REG_DFR 0xE0
#define REG_SVR 0xF0
#define REG_ISR 0x100
#define REG_IRR 0x200
#define REG_ESR 0x280
#define REG_ICR_LOW 0x300
#define REG_ICR_HIGH 0x310
#define REG_LVT_TIMER 0x320
#define REG_INITIAL_COUNT 0x380
#define REG_CURRENT_COUNT 0x390
#define REG_DIVIDE 0x3E0

#define VERSION 0x00050014u /* integrated APIC, six LVT entries */
#define SVR_ENABLE 0x100u
#define LVT_MASKED 0x10000u
#define LVT_PERIODIC 0x20000u
#define LVT_BITS 0x310FFu
#define NONE (-1)

#define ICR_DELIVERY(icr) ((icr) >> 8 & 7)
#define ICR_SHORTHAND(icr) ((icr) >> 18 & 3)
#define ICR_LOGICAL 0x800u
#define ICR_LEVEL_DEASSERT(icr) (((icr) & 0xC000) == 0x8000)
#define DELIVERY_FIXED 0
#define DELIVERY_INIT 5
#define DELIVERY_STARTUP 6

void vapic_reset(struct vapic *vapic) {
  memset(vapic, 0, sizeof(*vapic));
  vapic->svr = 0xFF;
  vapic->dfr = 0xFFFFFFFF;
  for (u32 i = 0; i < VAPIC_LVTS; i++) {
    vapic->lvt[i] = LVT_MASKED;
  }
}

static int highest(const volatile u64 *set) {
  for (int word = 3; word >= 0; word--) {
    if (set[word]) {
      return 64 * word + 63 - __builtin_clzll(set[word]);
    }
  }
  return NONE;
}

static void set_irr(struct core *core, u32 vector) {
  __atomic_fetch_or(&core->vapic.irr[vector / 64], 1ull << (vector & 63), __ATOMIC_SEQ_CST);
}

static u32 priority(const struct vapic *vapic) {
  int service = highest(vapic->isr);
  u32 in_service = service < 0 ? 0 : (u32)service & 0xF0;
  return (vapic->tpr & 0xF0) >= in_service ? vapic->tpr : in_service;
}

/* Timer. A tick is `divider` bus clocks, each the processor's ratio of time-stamp counts. */

static u64 tick(const struct vapic *vapic) {
  u32 code = (vapic->divide & 3) | (vapic->divide >> 1 & 4);
  u64 divider = code == 7 ? 1 : 2ull << code;
  return divider * vmx_config.bus_ratio;
}

static u32 current_count(const struct vapic *vapic) {
  u64 now = rdtsc();
  return vapic->deadline > now ? (u32)((vapic->deadline - now) / tick(vapic)) : 0;
}

static void start_timer(struct vapic *vapic, u32 count) {
  vapic->initial_count = count;
  vapic->deadline = count ? rdtsc() + count * tick(vapic) : 0;
}

void vapic_timer(struct core *core) {
  struct vapic *vapic = &core->vapic;
  u64 now = rdtsc();
  if (!vapic->deadline || now < vapic->deadline) {
    return;
  }
  u32 lvt = vapic->lvt[0];
  u64 period = vapic->initial_count * tick(vapic);
  vapic->deadline = lvt & LVT_PERIODIC ? vapic->deadline + ((now - vapic->deadline) / period + 1) * period : 0;
  if (vapic->svr & SVR_ENABLE && !(lvt & LVT_MASKED)) {
    set_irr(core, lvt & 0xFF);
  }
}

/* Interrupts between the cores of the cell. */

static bool addressed(const struct core *from, const struct core *to, u32 icr) {
  switch (ICR_SHORTHAND(icr)) {
    case 1: return to == from;
    case 2: return true;
    case 3: return to != from;
    default: break;
  }
  u32 destination = from->vapic.icr_high >> 24;
  if (destination == 0xFF) {
    return true;
  }
  if (!(icr & ICR_LOGICAL)) {
    return to->apic_id == destination;
  }
  u32 logical = to->vapic.ldr >> 24;
  if (to->vapic.dfr >> 28 == 0xF) {
    return logical & destination;
  }
  return logical >> 4 == destination >> 4 && logical & destination & 0xF;
}

static void send(struct core *to, u32 icr) {
  switch (ICR_DELIVERY(icr)) {
    case DELIVERY_FIXED:
      set_irr(to, icr & 0xFF);
      core_request(to, REQUEST_INTERRUPT);
      break;
    case DELIVERY_INIT:
      if (!ICR_LEVEL_DEASSERT(icr)) {
        core_request(to, REQUEST_INIT);
      }
      break;
    case DELIVERY_STARTUP:
      to->startup_vector = icr & 0xFF;
      core_request(to, REQUEST_STARTUP);
      break;
    default: break; /* lowest priority, SMI and NMI are not for cells */
  }
}

static void write_icr(struct core *core, u32 icr) {
  core->vapic.icr_low = icr & ~0x1000u;
  for (u32 i = 0; i < core_count; i++) {
    if (cores[i]->vm == core->vm && addressed(core, cores[i], icr)) {
      send(cores[i], icr);
    }
  }
}

/* Registers */

static u32 *lvt_at(struct vapic *vapic, u32 offset) {
  /* Thermal and performance stand before LINT0 in the page, as here. */
  u32 index = (offset - REG_LVT_TIMER) / 16;
  return offset >= REG_LVT_TIMER && index < VAPIC_LVTS ? &vapic->lvt[index] : NULL;
}

static u32 set_word(const volatile u64 *set, u32 offset) { return (u32)(set[offset / 32] >> (offset & 16) * 2); }

u32 vapic_read(struct core *core, u32 offset) {
  struct vapic *vapic = &core->vapic;
  if (offset >= REG_ISR && offset < REG_ISR + 0x80) {
    return set_word(vapic->isr, offset - REG_ISR);
  }
  if (offset >= REG_IRR && offset < REG_IRR + 0x80) {
    return set_word(vapic->irr, offset - REG_IRR);
  }
  switch (offset) {
    case REG_ID: return core->apic_id << 24;
    case REG_VERSION: return VERSION;
    case REG_TPR: return vapic->tpr;
    case REG_PPR: return priority(vapic);
    case REG_LDR: return vapic->ldr;
    case REG_DFR: return vapic->dfr;
    case REG_SVR: return vapic->svr;
    case REG_ICR_LOW: return vapic->icr_low;
    case REG_ICR_HIGH: return vapic->icr_high;
    case REG_INITIAL_COUNT: return vapic->initial_count;
    case REG_CURRENT_COUNT: return current_count(vapic);
    case REG_DIVIDE: return vapic->divide;
    default: break;
  }
  const u32 *lvt = lvt_at(vapic, offset);
  return lvt ? *lvt : 0;
}

static void end_of_interrupt(struct vapic *vapic) {
  int vector = highest(vapic->isr);
  if (vector >= 0) {
    vapic->isr[vector / 64] &= ~(1ull << (vector & 63));
  }
}

static void write_svr(struct vapic *vapic, u32 value) {
  vapic->svr = value & 0x1FF;
  for (u32 i = 0; i < VAPIC_LVTS && !(value & SVR_ENABLE); i++) {
    vapic->lvt[i] |= LVT_MASKED;
  }
}

static void write_lvt(struct vapic *vapic, u32 *lvt, u32 value) {
  *lvt = (value & LVT_BITS) | (vapic->svr & SVR_ENABLE ? 0 : LVT_MASKED);
}

void vapic_write(struct core *core, u32 offset, u32 value) {
  struct vapic *vapic = &core->vapic;
  switch (offset) {
    case REG_TPR: vapic->tpr = value & 0xFF; return;
    case REG_EOI: end_of_interrupt(vapic); return;
    case REG_LDR: vapic->ldr = value & 0xFF000000; return;
    case REG_DFR: vapic->dfr = value | 0x0FFFFFFF; return;
    case REG_SVR: write_svr(vapic, value); return;
    case REG_ICR_LOW: write_icr(core, value); return;
    case REG_ICR_HIGH: vapic->icr_high = value & 0xFF000000; return;
    case REG_INITIAL_COUNT: start_timer(vapic, value); return;
    case REG_DIVIDE: vapic->divide = value & 0xB; return;
    default: break;
  }
  u32 *lvt = lvt_at(vapic, offset);
  if (lvt) {
    write_lvt(vapic, lvt, value);
  }
}

u64 vapic_read_cr8(const struct vapic *vapic) { return vapic->tpr >> 4; }

void vapic_write_cr8(struct vapic *vapic, u64 value) { vapic->tpr = (u32)(value & 0xF) << 4; }

void vapic_deliver(struct core *core) {
  struct vapic *vapic = &core->vapic;
  int vector = highest(vapic->irr);
  bool due = vector >= 16 && ((u32)vector & 0xF0) > (priority(vapic) & 0xF0) && vapic->svr & SVR_ENABLE;
  bool open = guest_takes_interrupts(core);
  u64 primary = vmread(PRIMARY_CONTROLS) & ~(u64)PRIMARY_INTERRUPT_WINDOW;
  vmwrite(PRIMARY_CONTROLS, due && !open ? primary | PRIMARY_INTERRUPT_WINDOW : primary);
  if (due && open) {
    __atomic_fetch_and(&vapic->irr[vector / 64], ~(1ull << (vector & 63)), __ATOMIC_SEQ_CST);
    vapic->isr[vector / 64] |= 1ull << (vector & 63);
    inject_interrupt(core, (u8)vector);
  }
}

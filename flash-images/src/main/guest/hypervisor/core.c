/* Per-core structures and descriptor tables. */
#include "core.h"

#include "apic.h"
#include "cpu.h"
#include "idt.h"
#include "memory.h"
#include "vm.h"

struct core *cores[MAX_CORES];
u32 core_count;

void load_segments(const struct table_pointer *gdt);

struct core *core_new(u32 apic_id) {
  struct core *core = arena_pages(ALIGN_UP(sizeof(struct core), PAGE) / PAGE);
  core->apic_id = apic_id;
  core->index = core_count;
  u64 stack = (u64)arena_pages(CORE_STACK / PAGE);
  core->anchor = stack + CORE_STACK - 16;
  *(struct core **)core->anchor = core;
  core->tss.ist[0] = (u64)arena_pages(FAULT_STACK / PAGE) + FAULT_STACK;
  core->tss.ist[1] = (u64)arena_pages(FAULT_STACK / PAGE) + FAULT_STACK;
  /* The handlers find their core in the last word of their stack. */
  for (int i = 0; i < 2; i++) {
    core->tss.ist[i] -= 16;
    *(struct core **)core->tss.ist[i] = core;
  }
  core->tss.io_map = sizeof(struct tss);
  core->vm = vm_of_core(core->index);
  core->vmxon_region = (u64)arena_pages(1);
  core->vmcs_region = (u64)arena_pages(1);
  cores[core_count++] = core;
  return core;
}

u32 cores_in_vmx(void) {
  u32 count = 0;
  for (u32 i = 0; i < core_count; i++) {
    count += cores[i]->state == CORE_VMX;
  }
  return count;
}

/* The cores of the primary VM own their interrupts, so an NMI it is; those of cells take no interrupts at all. */
void core_request(struct core *core, u32 request) {
  __atomic_fetch_or(&core->requests, request, __ATOMIC_SEQ_CST);
  if (vm_is_cell(core->vm)) {
    apic_send_fixed(core->apic_id, VECTOR_KICK);
  } else {
    __atomic_fetch_add(&core->kicks, 1, __ATOMIC_SEQ_CST);
    apic_send_nmi(core->apic_id);
  }
}

bool core_take_kick(struct core *core) {
  if (!core->kicks) {
    return false;
  }
  __atomic_fetch_sub(&core->kicks, 1, __ATOMIC_SEQ_CST);
  return true;
}

static void build_gdt(struct core *core) {
  u64 tss = (u64)&core->tss;
  core->gdt[SEL_CODE64 / 8] = 0x00AF9B000000FFFFull;
  core->gdt[SEL_DATA / 8] = 0x00CF93000000FFFFull;
  core->gdt[SEL_CODE32 / 8] = 0x00CF9B000000FFFFull;
  core->gdt[SEL_TSS / 8] = (sizeof(struct tss) - 1) | (tss & 0xFFFFFF) << 16 | 0x89ull << 40 | (tss >> 24 & 0xFF) << 56;
  core->gdt[SEL_TSS / 8 + 1] = tss >> 32;
}

void core_load_tables(struct core *core) {
  build_gdt(core);
  struct table_pointer gdt = {sizeof(core->gdt) - 1, (u64)core->gdt};
  load_segments(&gdt);
  idt_load();
}

#include "vm.h"

#include "boot_info.h"
#include "core.h"
#include "log.h"
#include "memory.h"
#include "msr_bitmap.h"
#include "time.h"

/* ACPI PM1 control of the board: a power-off shows here. */
#define PM1_CONTROL 0x404
#define UART_FIRST 0x3F8
#define UART_LAST 0x3FF
#define PORTS 0x10000u
#define LONGEST_WAIT_US 1000000

struct config config;
struct vm vms[CONFIG_VMS];

struct vm *vm_of_core(u32 index) {
  for (u32 i = 1; i < config.count; i++) {
    if (index < 32 && config.vm[i].cores >> index & 1) {
      return &vms[i];
    }
  }
  return &vms[0];
}

void vms_place(void) {
  u64 base = hv_memory_base;
  for (u32 i = 0; i < config.count; i++) {
    base -= config.vm[i].memory;
    vms[i] = (struct vm){.config = &config.vm[i], .index = i, .base = i ? base : 0};
  }
}

static void set_ports(struct vm *vm, u32 first, u32 last, bool intercept) {
  for (u32 port = first; port <= last; port++) {
    u8 *bitmap = (u8 *)(port < 0x8000 ? vm->io_bitmap_a : vm->io_bitmap_b);
    u8 bit = (u8)(1 << (port & 7));
    u8 *byte = &bitmap[(port & 0x7FFF) / 8];
    *byte = (u8)(intercept ? *byte | bit : *byte & ~bit);
  }
}

static void set_all_ports(struct vm *vm, const struct config_ranges *ranges, bool intercept) {
  for (u32 i = 0; i < ranges->count; i++) {
    set_ports(vm, (u32)ranges->range[i].first, (u32)ranges->range[i].last, intercept);
  }
}

static void fill_primary_ports(struct vm *vm) {
  set_ports(vm, PM1_CONTROL, PM1_CONTROL + 1, true);
  if (config.console) {
    set_ports(vm, UART_FIRST, UART_LAST, true);
  }
  for (u32 i = 1; i < config.count; i++) {
    set_all_ports(vm, &config.vm[i].ports, true);
  }
}

static void build(struct vm *vm, u64 ram_end) {
  vm->io_bitmap_a = (u64)arena_pages(1);
  vm->io_bitmap_b = (u64)arena_pages(1);
  vm->msr_bitmap = (u64)arena_pages(1);
  if (vm_is_cell(vm)) {
    set_ports(vm, 0, PORTS - 1, true);
    set_all_ports(vm, &vm->config->ports, false);
    msr_bitmap_fill_cell((u8 *)vm->msr_bitmap);
    ept_build_cell(&vm->ept, vm->base, vm->config->memory, &vm->config->mmio);
  } else {
    fill_primary_ports(vm);
    msr_bitmap_fill((u8 *)vm->msr_bitmap);
    ept_build(&vm->ept, ram_end);
  }
}

void vms_build(u64 ram_end) {
  for (u32 i = 0; i < config.count; i++) {
    build(&vms[i], ram_end);
  }
}

void vms_adopt_cores(void) {
  u32 found[CONFIG_VMS] = {0};
  for (u32 i = core_count; i-- > 0;) {
    if (cores[i]->state == CORE_VMX) {
      cores[i]->vm->first = cores[i];
      found[cores[i]->vm->index] |= 1u << i;
    }
  }
  for (u32 i = 1; i < config.count; i++) {
    if (config.vm[i].cores & ~found[i]) {
      hv_log("ERROR: %s: VM %s wants cores %x, the board has %u", CONFIG_FILE, config.vm[i].name, config.vm[i].cores,
             core_count);
    }
  }
}

bool vm_stop_others(const struct core *core) {
  for (u32 i = 0; i < core_count; i++) {
    struct core *other = cores[i];
    if (other->vm != core->vm || other == core || other->state != CORE_VMX || other->waiting) {
      continue;
    }
    core_request(other, REQUEST_WAIT);
    if (!wait_for(&other->waiting, 1, LONGEST_WAIT_US)) {
      hv_log("ERROR: VM %s: core %u does not leave its guest", core->vm->config->name, i);
      return false;
    }
  }
  return true;
}

/* A0000-BFFFF is video; C0000-FFFFF is RAM on this board though the memory map calls it reserved. */
static bool primary_ram(u64 address, u64 end) {
  bool hidden = end > boot_info.shared_base && address < hv_memory_base + HV_MEMORY_SIZE;
  return end <= boot_info.low_ram_end && !hidden && address >= PAGE && !(end > 0xA0000 && address < 0xC0000);
}

void *vm_memory(const struct vm *vm, u64 address, u64 length) {
  u64 end = address + length;
  bool inside = vm_is_cell(vm) ? end <= vm->config->memory : end <= 4 * GIB && !in_hidden(address, length);
  return end >= address && inside ? (void *)(vm->base + address) : NULL;
}

void *vm_loads_at(const struct vm *vm, u64 address, u64 length) {
  bool ram = vm_is_cell(vm) || primary_ram(address, address + length);
  return ram ? vm_memory(vm, address, length) : NULL;
}

static const struct vm *owner(u64 address, bool ports) {
  for (u32 i = 1; i < config.count; i++) {
    const struct config_ranges *ranges = ports ? &config.vm[i].ports : &config.vm[i].mmio;
    for (u32 k = 0; k < ranges->count; k++) {
      if (address >= ranges->range[k].first && address <= ranges->range[k].last) {
        return &vms[i];
      }
    }
  }
  return NULL;
}

const struct vm *vm_of_port(u16 port) { return owner(port, true); }

const struct vm *vm_of_mmio(u64 page) { return owner(page, false); }

/*
 * From the 32-bit entry to the copy at the top of low RAM. The code here runs twice: boot_main where the firmware
 * loaded it, main_relocated in the copy.
 */
#include "apic.h"
#include "boot_info.h"
#include "cell.h"
#include "config.h"
#include "core.h"
#include "cpu.h"
#include "idt.h"
#include "log.h"
#include "memory.h"
#include "memory_functions.h"
#include "paging.h"
#include "primary.h"
#include "selftest.h"
#include "smp.h"
#include "time.h"
#include "topology.h"
#include "version.h"
#include "vm.h"
#include "vmx.h"
#include "vmx_config.h"

struct elf_rela {
  u64 offset;
  u64 info;
  u64 addend;
};

#define R_X86_64_RELATIVE 8

extern char __image_start[], __image_end[];
extern const struct elf_rela __rela_start[], __rela_end[];

_Noreturn void jump_relocated(u64 entry, u64 stack);

static _Noreturn void main_relocated(void);

/* For the copy that lies `delta` above where the image was linked. */
static void apply_relocations(u64 delta) {
  for (const struct elf_rela *rela = __rela_start; rela < __rela_end; rela++) {
    if ((u32)rela->info == R_X86_64_RELATIVE) {
      *(u64 *)(rela->offset + delta) = rela->addend + delta;
    }
  }
}

static _Noreturn void relocate(void) {
  u64 size = (u64)__image_end - (u64)__image_start;
  u64 delta = hv_memory_base - (u64)__image_start;
  memcpy((void *)hv_memory_base, __image_start, size);
  apply_relocations(delta);
  u64 stack = hv_memory_base + HV_MEMORY_SIZE;
  jump_relocated((u64)main_relocated + delta, stack);
}

_Noreturn void boot_main(void) {
  apply_relocations(0); /* the loader does not: tables of pointers hold nothing yet */
  uart_init();
  hv_log("Bitterling hypervisor %u.%u", HV_VERSION >> 16, HV_VERSION & 0xFFFF);
  boot_info.high_ram_end = 4 * GIB;
  if (!coreboot_table_find(&boot_info.table)) {
    hv_log("ERROR: no coreboot table with right checksums at 0..FFF or F0000..FFFFF: the firmware has to leave one");
    hv_stop(STOP_NO_COREBOOT_TABLE);
  }
  config_read(&config);
  if (config.errors) {
    hv_log("ERROR: %s has %u errors: the image should have been checked with flash verify", CONFIG_FILE, config.errors);
    hv_stop(STOP_BAD_CONFIG);
  }
  u64 extra = config_cell_memory(&config) + primary_backup_size();
  if (!boot_info_choose(extra)) {
    hv_log("ERROR: no RAM range below 4 GiB in the coreboot table at %X has %U KiB free above 18 MiB",
           boot_info.table.header, (HV_MEMORY_SIZE + SHARED_SIZE + extra) / KIB);
    hv_stop(STOP_NO_MEMORY);
  }
  hv_log("coreboot table at %X, moving to %X-%X", boot_info.table.header, hv_memory_base,
         hv_memory_base + HV_MEMORY_SIZE - 1);
  relocate();
}

static void hide_memory(void) {
  /* The old copy is guest RAM from now on; nothing of the hypervisor stays in it. */
  memset((void *)HV_LINK_BASE, 0, (u64)__image_end - (u64)__image_start);
  if (!coreboot_table_hide(&boot_info.table, boot_info.shared_base, hidden_base,
                           hv_memory_base + HV_MEMORY_SIZE - hidden_base)) {
    hv_log("ERROR: the coreboot table at %X does not fit in %U KiB or is damaged", boot_info.table.header,
           SHARED_SIZE / KIB);
    hv_stop(STOP_NO_COREBOOT_TABLE);
  }
  hv_log("reserved %X-%X, coreboot table now at %X", hidden_base, hv_memory_base + HV_MEMORY_SIZE - 1,
         boot_info.shared_base);
}

static _Noreturn void on_core_stack(void);

static _Noreturn void main_relocated(void) {
  u64 image_end = hv_memory_base + ((u64)__image_end - (u64)__image_start);
  /* The last 16 KiB are the stack of this function until the core has its own. */
  arena_init(image_end, hv_memory_base + HV_MEMORY_SIZE - 16 * KIB);
  paging_build(ALIGN_UP(boot_info.low_ram_end, LARGE_PAGE));
  idt_build();
  hide_memory();
  vms_place();
  apic_init();
  struct core *core = core_new(apic_id());
  core->bootstrap = 1;
  core_load_tables(core);
  jump_relocated((u64)on_core_stack, core->anchor);
}

static _Noreturn void on_core_stack(void) {
  struct core *core = cores[0];
  bool several = config.count > 1 || config.console;
  time_init();
  if (several) {
    time_calibrate();
  }
  vmx_check(several);
  vms_build(boot_info.high_ram_end);
  if (!vmx_start_core(core)) {
    hv_stop(STOP_NO_VMX);
  }
  if (config.selftest) {
    selftest_run(core);
  }
  smp_start_all();
  vms_adopt_cores();
  topology_hide_cells();
  primary_keep_tables();
  primary_load(core);
  hv_log("%u cores in VMX operation, %U KiB of the hypervisor's memory unused", cores_in_vmx(), arena_free_pages() * 4);
  for (u32 i = 1; i < config.count; i++) {
    vm_request_start(&vms[i]);
  }
  core_settle(core);
  vmx_enter_guest(core);
}

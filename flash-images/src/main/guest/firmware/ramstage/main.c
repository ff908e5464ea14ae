/* The ramstage: from RAM that works to a payload that runs. */
#include "ramstage.h"

struct machine machine;

static void take_handoff(const struct handoff *handoff) {
  if (handoff->magic != HANDOFF_MAGIC) {
    fatal(POST_ERROR_HANDOFF, "hand-off record at %08x has magic %08x, expected %08x", (u32)(uptr)handoff,
          handoff->magic, HANDOFF_MAGIC);
  }
  machine.handoff = handoff;
  machine.low_top = handoff->low_top;
  machine.high_top = handoff->high_top;
  machine.tseg_base = handoff->low_top - TSEG_SIZE;
}

static void open_flash(void) {
  const char *problem = cbfs_open_mapped(&machine.flash);
  if (problem) {
    fatal(POST_ERROR_PAYLOAD, "%s (FFFFFFFC holds %08x)", problem, mmio_read32(0xfffffffc));
  }
}

void ramstage_main(const struct handoff *handoff) {
  post(POST_RAMSTAGE);
  take_handoff(handoff);
  cpu_identify();
  cbmem_init();
  timestamp(TS_START_RAMSTAGE);
  print("ramstage: %s, tsc %u MHz, %u cores\n", machine.cpu_name, machine.tsc_khz / 1000, machine.cpu_count);
  open_flash();
  post(POST_CPU);
  mtrr_setup();
  lapic_setup();
  post(POST_LEGACY);
  legacy_devices_init();
  timestamp(TS_DEVICE_ENUMERATE);
  post(POST_PCI_SCAN);
  pci_scan();
  timestamp(TS_DEVICE_CONFIGURE);
  post(POST_PCI_ASSIGN);
  pci_assign();
  timestamp(TS_DEVICE_ENABLE);
  post(POST_PCI_INIT);
  pci_init_devices();
  timestamp(TS_DEVICE_INITIALIZE);
  post(POST_APS);
  smm_setup();
  start_other_cpus();
  smm_enable();
  timestamp(TS_DEVICE_DONE);
  post(POST_TABLES);
  timestamp(TS_WRITE_TABLES);
  write_tables();
  timestamp(TS_LOAD_PAYLOAD);
  smm_finalize();
  post(POST_PAYLOAD_LOAD);
  run_payload();
}

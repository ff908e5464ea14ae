/*
 * The SMI handler. All cores enter it; the first one serves, the others wait until it is done. It knows the ACPI
 * commands of port B2, the way into a sleep state, and how to lock SMI generation before a payload runs.
 */
#include "baytrail.h"
#include "processor.h"
#include "smm.h"

#define SLEEP_TYPE(pm1) ((pm1) >> 10 & 7)
#define SLEEP_S4 6

void smm_handler(void);

static volatile u32 busy;

static u32 exchange(volatile u32 *cell, u32 value) {
  __asm__ volatile("xchgl %0, %1" : "+r"(value), "+m"(*cell) : : "memory");
  return value;
}

/* Memory outside the module, through the flat segment. */
static u32 flat_read32(u32 address) {
  u32 value;
  __asm__ volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"(address) : "memory");
  return value;
}

static void flat_write32(u32 address, u32 value) {
  __asm__ volatile("movl %0, %%fs:(%1)" : : "r"(value), "r"(address) : "memory");
}

static void apm_command(u8 command) {
  switch (command) {
    case APM_ACPI_ENABLE:
      outl(PM1_CNT, inl(PM1_CNT) | PM1_SCI_EN);
      break;
    case APM_ACPI_DISABLE:
      outl(PM1_CNT, inl(PM1_CNT) & ~PM1_SCI_EN);
      break;
    case APM_FINALIZE:
      flat_write32(GEN_PMCON2, flat_read32(GEN_PMCON2) | PMCON2_SMI_LOCK);
      break;
    default: /* not ours: a payload may use the port as it likes */
      break;
  }
}

/* The write to SLP_EN came here instead: make it again, now that it counts. */
static void sleep(void) {
  u32 control = inl(PM1_CNT);
  outl(SMI_EN, inl(SMI_EN) & ~SMI_SLEEP);
  if (SLEEP_TYPE(control) >= SLEEP_S4) {
    outl(GPE0A_EN, 0);
  }
  __asm__ volatile("wbinvd" : : : "memory");
  outl(PM1_CNT, control | PM1_SLP_EN);
  while (SLEEP_TYPE(control) >= SLEEP_S4) {
    __asm__ volatile("hlt");
  }
}

static void serve(void) {
  u32 causes = inl(SMI_STS);
  outl(SMI_STS, causes);
  if (causes & SMI_APM) {
    apm_command(inb(APM_CNT));
  }
  if (causes & SMI_SPI) {
    flat_write32(SPI_BCR, flat_read32(SPI_BCR) & ~1u); /* the flash stays closed once it is locked */
  }
  if (causes & SMI_SLEEP) {
    sleep();
  }
  outl(SMI_EN, inl(SMI_EN) | SMI_EOS);
}

void smm_handler(void) {
  if (exchange(&busy, 1)) {
    while (busy) {
      __asm__ volatile("pause");
    }
    return;
  }
  serve();
  busy = 0;
}

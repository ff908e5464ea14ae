/* The PC's old devices: interrupt controllers, timers, real-time clock, and the power management ports. */
#include "ramstage.h"

#define RTC_REG_A 0x0a
#define RTC_REG_B 0x0b
#define RTC_REG_D 0x0d
#define RTC_VALID 0x80
#define BDA 0x400
#define BDA_BYTES 0x100
#define BDA_BASE_MEMORY 0x413
#define BASE_MEMORY_KIB 640u
#define HPET_CONFIG (HPET_BASE + 0x10)

static u8 cmos_read(u8 index) {
  outb(0x70, index);
  return inb(0x71);
}

static void cmos_write(u8 index, u8 value) {
  outb(0x70, index);
  outb(0x71, value);
}

/* Bit 7 of register D: the clock kept its power. Otherwise nothing in CMOS can be trusted. */
static void rtc_init(void) {
  if (!(cmos_read(RTC_REG_D) & RTC_VALID)) {
    print("RTC lost its power, clearing CMOS\n");
    for (u32 i = 0x0e; i < 0x80; i++) {
      cmos_write((u8)i, 0);
    }
  }
  cmos_write(RTC_REG_A, 0x26);
  cmos_write(RTC_REG_B, 0x02);
}

static void pic_init(void) {
  static const u8 FIRST[][2] = {{0x20, 0x11}, {0x21, 0x20}, {0x21, 0x04}, {0x21, 0x01}, {0x21, 0xfb}};
  static const u8 SECOND[][2] = {{0xa0, 0x11}, {0xa1, 0x28}, {0xa1, 0x02}, {0xa1, 0x01}, {0xa1, 0xff}};
  for (u32 i = 0; i < COUNT(FIRST); i++) {
    outb(FIRST[i][0], FIRST[i][1]);
  }
  for (u32 i = 0; i < COUNT(SECOND); i++) {
    outb(SECOND[i][0], SECOND[i][1]);
  }
  /* Level triggered: the SCI and what PIRQ lines are routed to. */
  u32 level = 1u << SCI_IRQ;
  for (u32 i = 0; i < PIRQ_LINES; i++) {
    level |= 1u << pirq_irq(i);
  }
  outb(0x4d0, (u8)level);
  outb(0x4d1, (u8)(level >> 8));
}

static void pit_init(void) {
  outb(0x43, 0x34); /* counter 0, rate generator, 65536: 18.2 Hz */
  outb(0x40, 0);
  outb(0x40, 0);
  outb(0x43, 0x54); /* counter 1, low byte: the refresh toggle software looks at */
  outb(0x41, 0x12);
}

static void hpet_init(void) { mmio_write32(HPET_CONFIG, mmio_read32(HPET_CONFIG) | 1); }

static u32 ioapic_read(u32 index) {
  mmio_write32(IOAPIC_BASE, index);
  return mmio_read32(IOAPIC_BASE + 0x10);
}

static void ioapic_write(u32 index, u32 value) {
  mmio_write32(IOAPIC_BASE, index);
  mmio_write32(IOAPIC_BASE + 0x10, value);
}

static void ioapic_init(void) {
  ioapic_write(0, (u32)IOAPIC_ID << 24);
  u32 id = ioapic_read(0);
  if (id != (u32)IOAPIC_ID << 24) {
    print("WARNING I/O APIC id reads %08x after writing %08x\n", id, (u32)IOAPIC_ID << 24);
    return;
  }
  u32 inputs = (ioapic_read(1) >> 16 & 0xff) + 1;
  for (u32 i = 0; i < inputs; i++) {
    ioapic_write(0x11 + 2 * i, 0);
    ioapic_write(0x10 + 2 * i, 0x10000);
  }
  print("ioapic id %u, %u inputs\n", IOAPIC_ID, inputs);
}

/* Until the SMI handler is there nothing may raise an SMI; where it never comes, ACPI events are SCIs from the start. */
static void power_management_init(void) {
  outl(SMI_EN, 0);
  outw(PM1_STS, 0xffff);
  outw(PM1_EN, 0);
  outl(GPE0A_STS, 0xffffffffu);
  outl(GPE0A_EN, 0);
  outl(PM1_CNT, PM1_SCI_EN);
  mmio_write32(ILB_ACTL, mmio_read32(ILB_ACTL) & ~7u); /* SCI on IRQ 9 */
}

/* The BIOS data area, for payloads that are no BIOS: programs that run without one look for the end of low memory there. */
static void bda_init(void) {
  memset((void *)BDA, 0, BDA_BYTES);
  *(volatile u8 *)BDA_BASE_MEMORY = (u8)BASE_MEMORY_KIB;
  *(volatile u8 *)(BDA_BASE_MEMORY + 1) = (u8)(BASE_MEMORY_KIB >> 8);
}

void legacy_devices_init(void) {
  bda_init();
  pic_init();
  pit_init();
  rtc_init();
  hpet_init();
  ioapic_init();
  power_management_init();
}

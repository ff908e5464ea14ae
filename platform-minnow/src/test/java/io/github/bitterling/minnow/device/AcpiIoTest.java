package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.FakeProcessors;
import io.github.bitterling.minnow.fake.FakeTime;
import java.util.List;
import org.junit.jupiter.api.Test;

class AcpiIoTest {
  private static final long HALF_RANGE_NS = 2_343_500_000L;

  private final FakeTime time = new FakeTime();
  private final FakeProcessors processors = new FakeProcessors();
  private boolean sci;
  private final PowerManagement pmc = new PowerManagement();
  private final AcpiIo acpi = new AcpiIo(time, processors, l -> sci = l, processors::smi, pmc);

  @Test
  void timerRunsAt3579545Hertz() {
    time.advance(1_000_000_000L);
    assertEquals(3_579_545, acpi.ports.readPort(8, 4));
    time.advance(4_000_000_000L);
    assertEquals(5 * 3_579_545 - (1 << 24), acpi.ports.readPort(8, 4));
  }

  @Test
  void sleepTypeFiveAndAboveWithEnablePowersOff() {
    acpi.ports.writePort(4, 2, 7 << 10);
    assertEquals(List.of(), processors.requests);
    acpi.ports.writePort(4, 2, 7 << 10 | 1 << 13);
    assertEquals(List.of("power off"), processors.requests);
    assertEquals(7 << 10, acpi.ports.readPort(4, 2));
  }

  @Test
  void sleepTypeZeroDoesNothing() {
    acpi.ports.writePort(4, 2, 1 << 13);
    assertEquals(List.of(), processors.requests);
  }

  @Test
  void timerOverflowRaisesSciWhenEnabled() {
    acpi.ports.writePort(2, 2, 1);
    acpi.ports.writePort(4, 2, 1);
    time.advance(HALF_RANGE_NS - 1_000_000);
    assertFalse(sci);
    time.advance(2_000_000);
    assertTrue(sci);
    acpi.ports.writePort(0, 2, 1);
    assertFalse(sci);
    time.advance(HALF_RANGE_NS);
    assertTrue(sci);
  }

  @Test
  void timerStatusRisesWithoutEnable() {
    assertEquals(0, acpi.ports.readPort(0, 2));
    time.advance(HALF_RANGE_NS + 1_000_000);
    assertEquals(1, acpi.ports.readPort(0, 2));
  }

  @Test
  void apmCommandNeedsBothEnables() {
    acpi.apmCommand();
    acpi.ports.writePort(0x30, 4, 0x20);
    acpi.apmCommand();
    assertEquals(List.of(), processors.messages);
    assertEquals(0x20, acpi.ports.readPort(0x34, 4), "noted already");
    acpi.ports.writePort(0x30, 4, 0x21);
    assertEquals(List.of("SMI"), processors.messages);
    assertEquals(0x20, acpi.ports.readPort(0x34, 4));
    acpi.ports.writePort(0x34, 4, 0x20);
    assertEquals(0, acpi.ports.readPort(0x34, 4));
  }

  private void smiEnable(int bits) {
    acpi.ports.writePort(0x30, 4, bits);
  }

  @Test
  void eachSmiNeedsEos() {
    smiEnable(0x21);
    acpi.apmCommand();
    assertEquals(0x21, acpi.ports.readPort(0x30, 4), "EOS went with the SMI");
    acpi.apmCommand();
    assertEquals(1, processors.messages.size());
    smiEnable(0x23);
    assertEquals(2, processors.messages.size(), "the cause is still noted");
    acpi.ports.writePort(0x34, 4, 0x20);
    smiEnable(0x23);
    smiEnable(0x21);
    assertEquals(0x23, acpi.ports.readPort(0x30, 4), "only an SMI clears EOS");
    acpi.apmCommand();
    assertEquals(3, processors.messages.size());
  }

  @Test
  void smiLockFreezesTheGlobalEnable() {
    pmc.write(0x24, 4, 0x10);
    pmc.write(0x24, 4, 0);
    assertEquals(0x10, pmc.read(0x24, 4));
    smiEnable(0x23);
    assertEquals(0x22, acpi.ports.readPort(0x30, 4));
    pmc.reset();
    acpi.reset();
    smiEnable(0x23);
    pmc.write(0x24, 1, 0x10);
    smiEnable(0x20);
    assertEquals(0x23, acpi.ports.readPort(0x30, 4));
  }

  @Test
  void softwareTimerRunsOnce() {
    smiEnable(0x43);
    time.advance(1_400_000);
    assertEquals(List.of(), processors.messages);
    time.advance(200_000);
    assertEquals(List.of("SMI"), processors.messages);
    assertEquals(0x40, acpi.ports.readPort(0x34, 4));
    acpi.ports.writePort(0x34, 4, 0x40);
    smiEnable(0x43);
    time.advance(100_000_000);
    assertEquals(1, processors.messages.size());
    smiEnable(3);
    pmc.write(0x20, 4, 0xC0);
    smiEnable(0x43);
    time.advance(63_000_000);
    assertEquals(1, processors.messages.size());
    time.advance(2_000_000);
    assertEquals(2, processors.messages.size());
  }

  @Test
  void periodicSmiComesAgain() {
    pmc.write(0x24, 4, 3);
    smiEnable(0x4003);
    for (int i = 1; i <= 3; i++) {
      time.advance(8_000_000_000L);
      assertEquals(i, processors.messages.size());
      acpi.ports.writePort(0x34, 4, 0x4000);
      smiEnable(0x4003);
    }
    smiEnable(3);
    time.advance(20_000_000_000L);
    assertEquals(3, processors.messages.size());
  }

  @Test
  void globalLockIsHandedOverBothWays() {
    smiEnable(7);
    acpi.ports.writePort(4, 4, 4);
    assertEquals(List.of("SMI"), processors.messages);
    assertEquals(4, acpi.ports.readPort(0x34, 4));
    assertEquals(0, acpi.ports.readPort(4, 4), "GBL_RLS reads zero");
    acpi.ports.writePort(2, 2, 0x20);
    acpi.ports.writePort(4, 4, 1);
    smiEnable(0x83);
    assertTrue(sci);
    assertEquals(0x20, acpi.ports.readPort(0, 2) & 0x20);
    assertEquals(0, acpi.ports.readPort(0x30, 4) & 0x80);
  }

  @Test
  void sleepSmiReplacesPowerOff() {
    acpi.ports.writePort(0x30, 4, 0x11);
    acpi.ports.writePort(4, 4, 7 << 10 | 1 << 13);
    assertEquals(List.of("SMI"), processors.messages);
    assertEquals(List.of(), processors.requests);
  }

  @Test
  void watchdogRegistersStoreAndClear() {
    acpi.ports.writePort(0x68, 4, 0x0800);
    assertEquals(0x0800, acpi.ports.readPort(0x68, 4));
    acpi.ports.writePort(0x64, 4, 0x20000);
    assertEquals(0, acpi.ports.readPort(0x64, 4));
  }
}

package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class I8042Test {
  private int resets;
  private boolean a20 = true;
  private boolean irq1;
  private final I8042 kbc =
      new I8042(l -> irq1 = l, l -> {}, () -> resets++, on -> a20 = on, () -> a20);

  private void command(int value) {
    kbc.writePort(4, 1, value);
  }

  private void data(int value) {
    kbc.writePort(0, 1, value);
  }

  private int status() {
    return kbc.readPort(4, 1);
  }

  private int data() {
    return kbc.readPort(0, 1);
  }

  @Test
  void selfTestAndInterfaceTest() {
    command(0xAA);
    assertEquals(1, status() & 1);
    assertEquals(0x55, data());
    command(0xAB);
    assertEquals(0, data());
    assertEquals(0, status() & 1);
  }

  @Test
  void outputPortDrivesA20() {
    command(0xD1);
    data(0xDD);
    assertFalse(a20);
    command(0xD0);
    assertEquals(0, data() & 2);
    command(0xD1);
    data(0xDF);
    assertTrue(a20);
    assertEquals(0, resets);
  }

  @Test
  void pulseOfLineZeroResets() {
    command(0xFE);
    assertEquals(1, resets);
    command(0xFF);
    assertEquals(1, resets);
  }

  @Test
  void keyboardAnswersResetAndEnable() {
    data(0xFF);
    assertEquals(0xFA, data());
    assertEquals(0xAA, data());
    data(0xF4);
    assertEquals(0xFA, data());
    data(0xF0);
    assertEquals(0xFA, data());
    data(0x02);
    assertEquals(0xFA, data());
    assertEquals(0, status() & 1);
  }

  @Test
  void configurationByteAndInterrupt() {
    command(0x60);
    data(0x61);
    command(0x20);
    assertTrue(irq1);
    assertEquals(0x61, data());
    assertFalse(irq1);
  }

  @Test
  void nobodyAnswersOnTheMousePort() {
    command(0xD4);
    data(0xFF);
    assertEquals(0, status() & 1);
  }
}

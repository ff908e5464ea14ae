package io.github.bitterling.minnow.lpss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LpssDeviceTest {
  private boolean irq;
  private LpssDevice device;

  private void irq(boolean asserted) {
    irq = asserted;
  }

  private long read(int offset) {
    return device.read(offset, 4);
  }

  private void write(int offset, long value) {
    device.write(offset, 4, value);
  }

  @Test
  void i2cTransfersMeetNoSlave() {
    device = new I2cMaster(this::irq);
    assertEquals(0x4457_0140, read(0xFC));
    write(0x10, 0xA5);
    assertEquals(0, read(0x34), "switched off, it sends nothing");
    write(0x00, 0x65); // addresses of 7 bits
    write(0x30, 1 << 6);
    write(0x6C, 1);
    assertFalse(irq);
    assertEquals(1 << 4, read(0x34), "transmit FIFO empty");
    write(0x10, 0xA5);
    assertTrue(irq);
    assertEquals(0x750, read(0x34));
    assertEquals(1 << 6, read(0x2C));
    assertEquals(1, read(0x80), "address of 7 bits not acknowledged");
    assertEquals(1, read(0x54));
    assertEquals(0, read(0x54), "only once");
    assertFalse(irq);
    assertEquals(0, read(0x80));
    read(0x40);
    assertEquals(1 << 4, read(0x34));
  }

  @Test
  void i2cSaysWhyItAborted() {
    device = new I2cMaster(this::irq);
    write(0x6C, 1);
    write(0x00, 0x7E);
    write(0x10, 0);
    assertEquals(1 << 11, read(0x80), "master disabled");
    write(0x6C, 0);
    assertEquals(0, read(0x34));
    write(0x00, 0x73);
    write(0x6C, 1);
    read(0x40);
    write(0x10, 0);
    assertEquals(2, read(0x80), "first byte of 10 bits not acknowledged");
  }

  @Test
  void spiReadsZerosOrItself() {
    device = new SpiMaster(this::irq);
    write(0x00, 0x87); // eight bits, on
    write(0x10, 0x5A);
    assertEquals(0x6C, read(0x08) & 0xFF);
    assertEquals(0, read(0x10));
    assertEquals(0x24, read(0x08) & 0xFF);
    write(0x04, 4);
    write(0x10, 0x15A);
    assertEquals(0x5A, read(0x10));
    write(0x00, 0);
    write(0x10, 1);
    write(0x00, 0x87);
    assertEquals(0x24, read(0x08) & 0xFF, "switched off, it sends nothing");
  }

  @Test
  void spiInterruptsAboveItsThreshold() {
    device = new SpiMaster(this::irq);
    write(0x48, 1);
    write(0x04, 1 | 4);
    write(0x00, 0x87);
    write(0x10, 1);
    assertFalse(irq);
    write(0x10, 2);
    assertTrue(irq);
    assertEquals(1, read(0x10));
    assertFalse(irq);
    for (int i = 0; i < 256; i++) {
      write(0x10, i);
    }
    assertEquals(0x80, read(0x08) & 0x80, "overrun");
    write(0x08, 0x80);
    assertEquals(0, read(0x08) & 0x80);
  }

  @Test
  void serialPortHasItsRegistersFourBytesApart() {
    device = new SerialPort(this::irq);
    assertEquals(0x60, read(0x14), "transmitter empty");
    write(0x1C, 0x77);
    assertEquals(0x77, read(0x1C));
    write(0x10, 0x18); // loopback, OUT2
    write(0x04, 1);
    write(0x00, 'x');
    assertTrue(irq);
    assertEquals('x', read(0x00));
    assertFalse(irq);
    assertEquals(0x4457_0110, read(0xFC));
    device.reset();
    assertEquals(0, read(0x1C));
  }

  @Test
  void pulseWidthTakesNewSettingsAtOnce() {
    device = new PulseWidth();
    write(0, 0xC000_1234L);
    assertEquals(0x8000_1234L, read(0));
  }

  @Test
  void privateRegistersAreStorage() {
    device = new PulseWidth();
    write(0x804, -1);
    assertEquals(3, read(0x804));
    device.reset();
    assertEquals(0, read(0x804));
  }
}

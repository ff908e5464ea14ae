package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

class Uart16550Test {
  private final StringBuilder sent = new StringBuilder();
  private final ArrayDeque<Integer> typed = new ArrayDeque<>();
  private boolean irq;
  private final Uart16550 uart =
      new Uart16550(
          level -> irq = level,
          b -> sent.append((char) b),
          () -> typed.isEmpty() ? -1 : typed.poll());

  private void type(String text) {
    text.chars().forEach(typed::add);
  }

  @Test
  void transmitterIsAlwaysReady() {
    uart.writePort(0, 1, 'A');
    assertEquals("A", sent.toString());
    assertEquals(0x60, uart.readPort(5, 1));
  }

  @Test
  void divisorLatchHidesDataAndInterruptEnable() {
    uart.writePort(3, 1, 0x80);
    uart.writePort(0, 1, 1);
    uart.writePort(1, 1, 2);
    assertEquals(1, uart.readPort(0, 1));
    assertEquals(2, uart.readPort(1, 1));
    uart.writePort(3, 1, 3);
    assertEquals(0, uart.readPort(1, 1));
    assertEquals("", sent.toString());
  }

  @Test
  void typedBytesAreReceivedInOrder() {
    type("ab");
    uart.writePort(2, 1, 1);
    assertEquals(0x61, uart.readPort(5, 1));
    assertEquals('a', uart.readPort(0, 1));
    assertEquals('b', uart.readPort(0, 1));
    assertEquals(0x60, uart.readPort(5, 1));
  }

  @Test
  void fifoTakesSixteenBytes() {
    type("0123456789abcdefXYZ");
    uart.writePort(2, 1, 1);
    uart.poll();
    assertEquals(3, typed.size());
  }

  @Test
  void receiveInterruptNeedsEnableAndOut2() {
    type("x");
    uart.poll();
    assertFalse(irq);
    uart.writePort(1, 1, 1);
    assertFalse(irq);
    uart.writePort(4, 1, 8);
    assertTrue(irq);
    assertEquals(4, uart.readPort(2, 1));
    uart.readPort(0, 1);
    assertFalse(irq);
    assertEquals(1, uart.readPort(2, 1));
  }

  @Test
  void belowTheTriggerLevelItIsATimeout() {
    type("xy");
    uart.writePort(2, 1, 0x41);
    uart.writePort(1, 1, 1);
    uart.poll();
    assertEquals(0xCC, uart.readPort(2, 1));
    type("zz");
    uart.poll();
    assertEquals(0xC4, uart.readPort(2, 1));
  }

  @Test
  void transmitterInterruptIsClearedByReadingItsCause() {
    uart.writePort(4, 1, 8);
    uart.writePort(1, 1, 2);
    assertTrue(irq);
    assertEquals(2, uart.readPort(2, 1));
    assertFalse(irq);
    uart.writePort(0, 1, 'q');
    assertTrue(irq);
  }

  @Test
  void loopbackReturnsDataAndModemLines() {
    uart.writePort(4, 1, 0x1F);
    uart.writePort(0, 1, 0x5A);
    assertEquals(0x5A, uart.readPort(0, 1));
    assertEquals("", sent.toString());
    assertEquals(0xF0, uart.readPort(6, 1) & 0xF0);
    uart.writePort(4, 1, 0x12);
    assertEquals(0x10, uart.readPort(6, 1) & 0xF0);
  }

  @Test
  void scratchAndFifoIdentification() {
    uart.writePort(7, 1, 0xA5);
    assertEquals(0xA5, uart.readPort(7, 1));
    assertEquals(0x01, uart.readPort(2, 1));
    uart.writePort(2, 1, 7);
    assertEquals(0xC1, uart.readPort(2, 1));
  }
}

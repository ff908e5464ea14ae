package io.github.bitterling.vmx.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PageCodeTests {
  @Test
  void oneBitALine() {
    assertEquals(1L, PageCode.mask(0, 64));
    assertEquals(3L, PageCode.mask(63, 2));
    assertEquals(1L << 63, PageCode.mask(4095, 1));
    assertEquals(-1L, PageCode.mask(0, 4096));
    assertEquals(0b1110L, PageCode.mask(64, 129));
  }
}

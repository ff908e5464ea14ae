package io.github.bitterling.vmx.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PageCodeTests {
  @Test
  void bytesBesideCodeAreNotCode() {
    PageCode page = new PageCode();
    page.add(null, 60, 10);
    assertFalse(page.touches(59, 1));
    assertTrue(page.touches(59, 2));
    assertTrue(page.touches(63, 1));
    assertTrue(page.touches(64, 8));
    assertTrue(page.touches(69, 1));
    assertFalse(page.touches(70, 1000));
    assertTrue(page.touches(0, 4096));
    page.add(null, 4095, 1);
    assertTrue(page.touches(4090, 16));
    assertFalse(page.touches(4090, 5));
  }

  @Test
  void masksAreWordsOfARange() {
    assertEquals(-1L, PageCode.mask(0, 0, 64));
    assertEquals(1L << 63, PageCode.mask(0, 63, 65));
    assertEquals(1L, PageCode.mask(1, 63, 65));
    assertEquals(-1L, PageCode.mask(1, 3, 4096));
  }
}

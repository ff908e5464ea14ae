package io.github.bitterling.vmx.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedMemoryTests {
  private static final long PATTERN = 0x8877665544332211L;
  private static final int ROUNDS = 20_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void replacesOnlyWhatIsExpectedAndNothingBesideIt(int bytes) {
    try (GuestMemory memory = new GuestMemory(64)) {
      for (int at = 0; at < 8; at += bytes) {
        long host = memory.base() + 8 + at;
        GuestMemory.put64(memory.base() + 8, PATTERN);
        long mask = bytes == 8 ? -1 : (1L << 8 * bytes) - 1;
        long there = PATTERN >>> 8 * at & mask;
        assertFalse(GuestMemory.replace(host, bytes, there ^ 1, 0));
        assertEquals(PATTERN, GuestMemory.get64(memory.base() + 8));
        // Bits above the width do not count
        assertTrue(GuestMemory.replace(host, bytes, there | ~mask, ~mask | 0x5A));
        long changed = PATTERN & ~(mask << 8 * at) | 0x5AL << 8 * at;
        assertEquals(changed, GuestMemory.get64(memory.base() + 8));
        assertEquals(0x5A, GuestMemory.getShared(host, bytes));
        GuestMemory.putShared(host, bytes, there);
        assertEquals(PATTERN, GuestMemory.get64(memory.base() + 8));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void threadsLoseNothing(int bytes) throws InterruptedException {
    try (GuestMemory memory = new GuestMemory(64)) {
      long host = memory.base() + 8 - bytes;
      Thread other = new Thread(() -> count(host, bytes));
      other.start();
      count(host, bytes);
      other.join();
      long mask = bytes == 8 ? -1 : (1L << 8 * bytes) - 1;
      assertEquals(2 * ROUNDS & mask, GuestMemory.getShared(host, bytes));
    }
  }

  private static void count(long host, int bytes) {
    for (int i = 0; i < ROUNDS; i++) {
      long old;
      do {
        old = GuestMemory.getShared(host, bytes);
      } while (!GuestMemory.replace(host, bytes, old, old + 1));
    }
  }

  /** Two threads that each store and then look for the other's store: a fence makes one see it. */
  @Test
  void aFenceOrdersStoresBeforeLoads() throws InterruptedException {
    try (GuestMemory memory = new GuestMemory(1 << 20)) {
      long[] seen = new long[ROUNDS];
      Thread other = new Thread(() -> storeAndLook(memory.base(), 0, seen));
      long[] own = new long[ROUNDS];
      other.start();
      storeAndLook(memory.base(), 8, own);
      other.join();
      for (int i = 0; i < ROUNDS; i++) {
        assertTrue(own[i] != 0 || seen[i] != 0, "round " + i);
      }
    }
  }

  private static void storeAndLook(long base, int own, long[] seen) {
    for (int i = 0; i < ROUNDS; i++) {
      long at = base + 32L * i;
      GuestMemory.putShared(at + own, 8, 1);
      GuestMemory.fence();
      seen[i] = GuestMemory.getShared(at + (own ^ 8), 8);
    }
  }
}

package io.github.bitterling.vmx.exec;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.Test;

class BlockCacheTests {
  private static final int MOST = 5000;

  /** A guest that runs through zeros makes a block every 128 bytes. */
  @Test
  void keepsNoMoreThanItMay() {
    try (Rig rig = new Rig()) {
      rig.flat32();
      BlockCache cache = new BlockCache(new X86Lifter(), ir -> ir, rig.bus, page -> {}, 1, MOST);
      rig.cpu.rip = 0x1F000;
      Block first = cache.lookup(rig.cpu);
      assertSame(first, cache.lookup(rig.cpu));
      assertTrue(cache.pageHasCode(0x1F000));
      long kept = first.ir.size();
      for (int at = 0x20000; kept <= MOST; at += 0x80) {
        rig.cpu.rip = at;
        kept += cache.lookup(rig.cpu).ir.size();
      }
      assertFalse(first.valid, "the first block has made room");
      assertFalse(cache.pageHasCode(0x1F000));
      rig.cpu.rip = 0x1F000;
      Block again = cache.lookup(rig.cpu);
      assertTrue(again.valid && again != first);
    }
  }
}

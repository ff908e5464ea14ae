package io.github.bitterling.vmx.parallel;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.HelperUnit;
import java.util.EnumSet;
import java.util.Set;

/**
 * A core's helpers behind the machine's lock, but for those that touch the core's own registers
 * only.
 */
final class LockedHelpers implements HelperUnit {
  private static final Set<Helper> OWN =
      EnumSet.of(
          Helper.RAISE,
          Helper.READ_FLAGS,
          Helper.CHECK_VIRTUAL_FLAGS,
          Helper.WRITE_FLAGS,
          Helper.CLI,
          Helper.STI,
          Helper.CLD,
          Helper.STD,
          Helper.CLAC,
          Helper.STAC,
          Helper.RCL,
          Helper.RCR,
          Helper.DAA,
          Helper.DAS,
          Helper.AAA,
          Helper.AAS,
          Helper.AAM,
          Helper.AAD,
          Helper.SWAPGS,
          Helper.PAUSE,
          Helper.FWAIT,
          Helper.EMMS,
          Helper.SIMD_UNAVAILABLE,
          Helper.MMX_GET,
          Helper.MMX_PUT,
          Helper.MMX_ENTER,
          Helper.CRC32C,
          Helper.PACKED,
          Helper.PCMPSTR,
          Helper.REQUIRE_CPL0,
          Helper.READ_BASE,
          Helper.WRITE_BASE,
          Helper.BNDMK,
          Helper.BNDCL,
          Helper.BNDCU,
          Helper.BNDCN,
          Helper.BNDMOV,
          Helper.BND_INIT,
          Helper.MFENCE);

  private final HelperUnit helpers;
  private final MachineLock lock;

  LockedHelpers(HelperUnit helpers, MachineLock lock) {
    this.helpers = helpers;
    this.lock = lock;
  }

  @Override
  public long call(Cpu cpu, int number, long a, long b, long c) {
    Helper helper = Helper.of(number);
    if (OWN.contains(helper) || helper == Helper.X87 && b == 0) {
      if (helper == Helper.PAUSE && lock.crowded()) {
        cpu.attention = true; // whose turn it is looks at the count
      }
      return helpers.call(cpu, number, a, b, c);
    }
    lock.enter(cpu);
    try {
      if (b != 0 && (helper == Helper.CMPXCHG8B || helper == Helper.CMPXCHG16B)) {
        lock.standStill();
      }
      return helpers.call(cpu, number, a, b, c);
    } finally {
      lock.leave(cpu);
    }
  }
}

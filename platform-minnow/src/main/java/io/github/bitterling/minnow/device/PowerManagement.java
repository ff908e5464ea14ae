package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import java.util.function.IntConsumer;

/**
 * The memory-mapped power management registers at PBASE, 1 KiB (E3800 datasheet, "PMC memory-mapped
 * registers"): storage, but for the SMI lock, the rates of SMI timers and the switches of PCI
 * functions.
 */
public final class PowerManagement implements MmioDevice {
  public static final int SIZE = 0x400;
  private static final int SMI_LOCK = 1 << 4;

  private final RegisterFile registers = new RegisterFile("PMC", SIZE).storage(0, SIZE);
  private final Register generalControl1;
  private final Register generalControl2;
  private final Register functionDisable;
  private final Register functionDisable2;
  private boolean locked;

  public PowerManagement() {
    generalControl1 = registers.register("GEN_PMCON1", 0x20, 4, 0, 0xFFFF_FFFFL);
    generalControl2 = registers.register("GEN_PMCON2", 0x24, 4, 0, 0xFFFF_FFFFL);
    generalControl2.onWrite((v, raw) -> lock());
    functionDisable = registers.register("FUNC_DIS", 0x34, 4, 0, 0xFFFF_FFFFL);
    functionDisable2 = registers.register("FUNC_DIS2", 0x38, 4, 0, 0xFFFF_FFFFL);
  }

  /** Who hears of FUNC_DIS and FUNC_DIS2; not at reset, where both are 0. */
  public void onFunctionDisable(IntConsumer first, IntConsumer second) {
    functionDisable.onWrite((v, raw) -> first.accept((int) v));
    functionDisable2.onWrite((v, raw) -> second.accept((int) v));
  }

  /** SMI_LOCK stays until reset. */
  private void lock() {
    locked |= generalControl2.has(SMI_LOCK);
    generalControl2.setBits(SMI_LOCK, locked);
  }

  public void reset() {
    registers.reset();
    locked = false;
  }

  boolean smiLocked() {
    return locked;
  }

  int softwareSmiRate() {
    return (int) generalControl1.get() >> 6 & 3;
  }

  int periodicSmiRate() {
    return (int) generalControl2.get() & 3;
  }

  @Override
  public long read(int offset, int width) {
    return registers.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    registers.write(offset, width, value);
  }

  public void dump(StringBuilder out) {
    registers.dump(out);
  }
}

package io.github.bitterling.vmx.parallel;

import io.github.bitterling.vmx.cpu.CoprocessorPins;
import io.github.bitterling.vmx.cpu.Cpu;

/** Puts a processor's units behind the machine's lock. */
public final class Locked {
  private Locked() {}

  /** Memory unit and helpers; once, after the processor was wired. */
  public static void wrap(Cpu cpu, MachineLock lock) {
    cpu.memory = new LockedMemory(cpu.memory, lock);
    cpu.helpers = new LockedHelpers(cpu.helpers, lock);
  }

  public static CoprocessorPins pins(CoprocessorPins pins, Cpu cpu, MachineLock lock) {
    return new LockedPins(pins, cpu, lock);
  }
}

package io.github.bitterling.vmx.parallel;

import io.github.bitterling.vmx.cpu.CoprocessorPins;
import io.github.bitterling.vmx.cpu.Cpu;

/** The pins of x87 exceptions, which lead to devices, behind the machine's lock. */
record LockedPins(CoprocessorPins pins, Cpu cpu, MachineLock lock) implements CoprocessorPins {
  @Override
  public void ferr(Cpu from, boolean asserted) {
    lock.enter(cpu);
    try {
      pins.ferr(from, asserted);
    } finally {
      lock.leave(cpu);
    }
  }

  @Override
  public boolean ignne() {
    lock.enter(cpu);
    try {
      return pins.ignne();
    } finally {
      lock.leave(cpu);
    }
  }
}

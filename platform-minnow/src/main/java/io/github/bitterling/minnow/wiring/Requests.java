package io.github.bitterling.minnow.wiring;

import io.github.bitterling.vmx.bus.MachineControl;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** What devices and processors asked of the machine; carried out between slices. */
final class Requests implements MachineControl {
  // Asked for by one core, looked at by all
  private volatile boolean powerOff;
  private volatile boolean reset;
  private volatile OptionalInt debugExit = OptionalInt.empty();
  private boolean cold;
  private final List<String> resets = new ArrayList<>();

  @Override
  public void powerOff() {
    powerOff = true;
  }

  @Override
  public void reset(String source, boolean cold) {
    if (!reset) {
      reset = true;
      this.cold = cold;
      resets.add(source);
    }
  }

  @Override
  public void debugExit(int value) {
    if (debugExit.isEmpty()) {
      debugExit = OptionalInt.of(value);
    }
  }

  /** True when the running core must stop at once. */
  boolean pending() {
    return powerOff || reset || debugExit.isPresent();
  }

  boolean powerOffRequested() {
    return powerOff;
  }

  boolean resetRequested() {
    return reset;
  }

  /** Whether the reset asked for loses memory; forgets the request. */
  boolean takeReset() {
    reset = false;
    return cold;
  }

  OptionalInt exitValue() {
    return debugExit;
  }

  /** Sources of all resets, in order. */
  List<String> resets() {
    return List.copyOf(resets);
  }
}

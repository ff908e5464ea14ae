package io.github.bitterling.minnow.wiring;

import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineFactory;

/** Builds machines with the board and processors of this project. */
public final class MinnowMachineFactory implements MachineFactory {
  @Override
  public Machine create(MachineConfig config) {
    return new MinnowMachine(config);
  }
}

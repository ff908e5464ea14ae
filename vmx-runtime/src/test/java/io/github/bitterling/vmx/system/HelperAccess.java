package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.model.CpuModel;

/** Lets tests of other packages make helpers without a board. */
public final class HelperAccess {
  private HelperAccess() {}

  /** Helpers of instructions that user mode may execute: no registers of the board, no ports. */
  public static HelperTable user(CpuModel model) {
    Events events = new Events(null, null, null);
    Ports ports = new Ports(null, events, new LastPortAccess());
    return new HelperTable(model, null, events, null, ports, 0);
  }
}

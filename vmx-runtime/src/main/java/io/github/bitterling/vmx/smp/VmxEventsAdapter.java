package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.system.Modes;
import io.github.bitterling.vmx.vt.VmxEvents;

/** The event unit's state as VMX needs it. */
final class VmxEventsAdapter implements VmxEvents {
  private final MachineControl machine;

  VmxEventsAdapter(MachineControl machine) {
    this.machine = machine;
  }

  @Override
  public boolean nmiBlocked(Cpu cpu) {
    return cpu.nmiBlocked;
  }

  @Override
  public void setNmiBlocked(Cpu cpu, boolean blocked) {
    cpu.nmiBlocked = blocked;
  }

  @Override
  public long pendingDebug(Cpu cpu) {
    return cpu.pendingDebug;
  }

  @Override
  public void setPendingDebug(Cpu cpu, long value) {
    cpu.pendingDebug = value;
  }

  @Override
  public void modeChanged(Cpu cpu) {
    Modes.update(cpu);
  }

  @Override
  public void vmxAbort(Cpu cpu, int indicator, String why) {
    cpu.activity = Cpu.Activity.SHUTDOWN;
    machine.reset("VMX abort " + indicator + " on core " + cpu.index + ": " + why, false);
  }
}

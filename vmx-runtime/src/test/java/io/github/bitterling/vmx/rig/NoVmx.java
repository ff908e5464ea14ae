package io.github.bitterling.vmx.rig;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.VmxUnit;

/**
 * A processor without VMX: no intercept ever, VMX instructions undefined. Tests override what they
 * need.
 */
public class NoVmx implements VmxUnit {
  @Override
  public boolean interceptInstruction(Cpu cpu, int reason, long qualification) {
    return false;
  }

  @Override
  public boolean interceptPort(
      Cpu cpu,
      int port,
      int bytes,
      boolean in,
      boolean string,
      boolean rep,
      boolean immediate,
      long linear) {
    return false;
  }

  @Override
  public boolean interceptMsr(Cpu cpu, int msr, boolean write) {
    return false;
  }

  @Override
  public boolean interceptMovToCr(Cpu cpu, int cr, long value, int gpr) {
    return false;
  }

  @Override
  public boolean interceptMovFromCr(Cpu cpu, int cr, int gpr) {
    return false;
  }

  @Override
  public boolean interceptClts(Cpu cpu) {
    return false;
  }

  @Override
  public boolean interceptLmsw(Cpu cpu, long value, boolean memory, long linear) {
    return false;
  }

  @Override
  public boolean interceptMovDr(Cpu cpu, int dr, boolean toDr, int gpr) {
    return false;
  }

  @Override
  public boolean interceptTaskSwitch(Cpu cpu, int selector, int source) {
    return false;
  }

  @Override
  public long readShadowed(Cpu cpu, int cr, long real) {
    return real;
  }

  @Override
  public long mergeHostOwned(Cpu cpu, int cr, long real, long written) {
    return written;
  }

  @Override
  public boolean validInVmx(Cpu cpu, int cr, long value) {
    return true;
  }

  @Override
  public boolean interceptException(
      Cpu cpu, int vector, long error, boolean hasError, int type, long pageFaultLinear) {
    return false;
  }

  @Override
  public void deliveringEvent(Cpu cpu, long interruptionInformation, long error) {}

  @Override
  public boolean interceptExternalInterrupt(Cpu cpu) {
    return false;
  }

  @Override
  public boolean interceptNmi(Cpu cpu) {
    return false;
  }

  @Override
  public boolean interceptInit(Cpu cpu) {
    return false;
  }

  @Override
  public boolean interceptSipi(Cpu cpu, int vector) {
    return false;
  }

  @Override
  public boolean interceptTripleFault(Cpu cpu) {
    return false;
  }

  @Override
  public boolean interceptPending(Cpu cpu, Boundary before) {
    return false;
  }

  @Override
  public void iretExecuted(Cpu cpu) {}

  @Override
  public void performExit(Cpu cpu) {}

  @Override
  public boolean eptActive(Cpu cpu) {
    return false;
  }

  @Override
  public long translate(
      Cpu cpu,
      long guestPhysical,
      int access,
      long linear,
      boolean linearValid,
      boolean finalAccess) {
    return guestPhysical;
  }

  @Override
  public int lastPermissions() {
    return 7;
  }

  @Override
  public int vpid(Cpu cpu) {
    return 0;
  }

  @Override
  public Long readMsr(Cpu cpu, int msr) {
    return null;
  }

  @Override
  public boolean writeMsr(Cpu cpu, int msr, long value) {
    return false;
  }

  @Override
  public void instruction(Cpu cpu, int helper, long a, long b, long c) {
    cpu.raise(6);
  }

  @Override
  public void reset(Cpu cpu, boolean powerOn) {}
}

package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.paging.Mmu;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;

/** Ports of Vmx on the rig's processor, which exists only after Vmx. */
final class Wiring implements VmxMemory, MsrUnit, VmxEvents {
  private final int core;
  Rig rig;

  Wiring() {
    this(0);
  }

  Wiring(int core) {
    this.core = core;
  }

  private Mmu mmu() {
    return rig.processors.get(core).mmu();
  }

  @Override
  public long hostPage(long physical) {
    return rig.bus.hostPage(physical, 1);
  }

  @Override
  public long readPhysical(long physical, int bytes) {
    return mmu().readPhysical(physical, bytes);
  }

  @Override
  public void writePhysical(long physical, int bytes, long value) {
    mmu().writePhysical(physical, bytes, value);
  }

  @Override
  public boolean replacePhysical(long physical, long expected, long value) {
    return mmu().replacePhysical(physical, 8, expected, value);
  }

  @Override
  public boolean a20Masked() {
    return mmu().a20Masked();
  }

  @Override
  public void flushAll(Cpu cpu) {
    mmu().flushEverything();
  }

  @Override
  public void flushVpid(Cpu cpu, int vpid, boolean keepGlobal) {
    mmu().flushVpid(vpid);
  }

  @Override
  public void flushLinear(Cpu cpu, int vpid, long linear) {
    mmu().flushVpid(vpid);
  }

  @Override
  public void flushEpt(Cpu cpu, long eptPointer) {
    mmu().flushEpt();
  }

  @Override
  public Long read(Cpu cpu, int msr) {
    return cpu.msrs.read(cpu, msr);
  }

  @Override
  public boolean write(Cpu cpu, int msr, long value) {
    return cpu.msrs.write(cpu, msr, value);
  }

  @Override
  public long tsc(Cpu cpu) {
    return cpu.msrs.tsc(cpu);
  }

  @Override
  public void reset(Cpu cpu) {
    cpu.msrs.reset(cpu);
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
    rig.resets.add("VMX abort " + indicator + ": " + why);
  }
}

package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.paging.Mmu;
import io.github.bitterling.vmx.vt.VmxMemory;

/** The memory unit as VMX needs it. */
final class VmxMemoryAdapter implements VmxMemory {
  private final Mmu mmu;

  VmxMemoryAdapter(Mmu mmu) {
    this.mmu = mmu;
  }

  @Override
  public long hostPage(long physical) {
    return mmu.hostPage(physical);
  }

  @Override
  public long readPhysical(long physical, int bytes) {
    return mmu.readPhysical(physical, bytes);
  }

  @Override
  public void writePhysical(long physical, int bytes, long value) {
    mmu.writePhysical(physical, bytes, value);
  }

  @Override
  public boolean replacePhysical(long physical, long expected, long value) {
    return mmu.replacePhysical(physical, 8, expected, value);
  }

  @Override
  public boolean a20Masked() {
    return mmu.a20Masked();
  }

  @Override
  public void flushAll(Cpu cpu) {
    mmu.flushEverything();
  }

  @Override
  public void flushVpid(Cpu cpu, int vpid, boolean keepGlobal) {
    mmu.flushVpid(vpid);
  }

  @Override
  public void flushLinear(Cpu cpu, int vpid, long linear) {
    mmu.flushVpid(vpid);
  }

  @Override
  public void flushEpt(Cpu cpu, long eptPointer) {
    mmu.flushEpt();
  }
}

package io.github.bitterling.vmx.parallel;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;

/**
 * A core's memory unit behind the machine's lock. The core's own TLB and mappings need none: others
 * change them only while this core stands still.
 */
final class LockedMemory implements MemoryUnit {
  private final MemoryUnit memory;
  private final MachineLock lock;

  LockedMemory(MemoryUnit memory, MachineLock lock) {
    this.memory = memory;
    this.lock = lock;
  }

  /**
   * Enters for an access; false when a compiled region is to leave before the instruction, because
   * its copy of the TLB may be stale.
   */
  private boolean enter(Cpu cpu) {
    long before = lock.standstills();
    lock.enter(cpu);
    if (cpu.inRegion && lock.standstills() != before) {
      cpu.fault = Cpu.FAULT_RETRY;
      lock.leave(cpu);
      return false;
    }
    return true;
  }

  @Override
  public long load(Cpu cpu, long linear, int bytes, int flags) {
    if (!enter(cpu)) {
      return 0;
    }
    try {
      return memory.load(cpu, linear, bytes, flags);
    } finally {
      lock.leave(cpu);
    }
  }

  @Override
  public void store(Cpu cpu, long linear, int bytes, long value, int flags) {
    if (enter(cpu)) {
      try {
        memory.store(cpu, linear, bytes, value, flags);
      } finally {
        lock.leave(cpu);
      }
    }
  }

  @Override
  public void replace(Cpu cpu, long linear, int bytes, long expected, long value, int flags) {
    if (enter(cpu)) {
      try {
        if ((linear & bytes - 1) != 0) {
          lock.standStill();
        }
        memory.replace(cpu, linear, bytes, expected, value, flags);
      } finally {
        lock.leave(cpu);
      }
    }
  }

  @Override
  public long linear(Cpu cpu, int segment, long offset, int bytes, boolean write, int addressBits) {
    return memory.linear(cpu, segment, offset, bytes, write, addressBits);
  }

  @Override
  public long fetch(Cpu cpu, long linear) {
    lock.enter(cpu);
    try {
      return memory.fetch(cpu, linear);
    } finally {
      lock.leave(cpu);
    }
  }

  @Override
  public long probeFetch(Cpu cpu, long linear) {
    return memory.probeFetch(cpu, linear);
  }

  @Override
  public void switchContext(Cpu cpu) {
    memory.switchContext(cpu);
  }

  /** For helpers, which are inside already. */
  @Override
  public long host(long linear, boolean write) {
    return memory.host(linear, write);
  }

  @Override
  public void flushAll() {
    memory.flushAll();
  }

  @Override
  public void flushNonGlobal() {
    memory.flushNonGlobal();
  }

  @Override
  public void flushPage(long linear) {
    memory.flushPage(linear);
  }

  @Override
  public void flushPcid(int pcid) {
    memory.flushPcid(pcid);
  }

  @Override
  public void flushPcidPage(int pcid, long linear) {
    memory.flushPcidPage(pcid, linear);
  }

  @Override
  public void setSmrr(long base, long mask) {
    memory.setSmrr(base, mask);
  }

  @Override
  public void setBootMode(boolean on) {
    memory.setBootMode(on);
  }

  @Override
  public void flushEverything() {
    memory.flushEverything();
  }

  /** For helpers, which are inside already. */
  @Override
  public boolean loadPdptes(Cpu cpu, long cr3) {
    return memory.loadPdptes(cpu, cr3);
  }
}

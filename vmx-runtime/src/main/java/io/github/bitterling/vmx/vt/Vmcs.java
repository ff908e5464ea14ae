package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * View of a VMCS region in guest memory. All data lives in the region, so a VMCS moves between
 * cores with VMCLEAR and VMPTRLD alone, and a snapshot of memory holds it.
 */
final class Vmcs {
  static final long NONE = -1L;

  static final int ABORT = 4;
  static final int LAUNCH = 8;

  private final VmxMemory memory;
  private long address = NONE;
  private long host;
  private long changed = -1;

  Vmcs(VmxMemory memory) {
    this.memory = memory;
  }

  /** Physical address, or {@link #NONE}. */
  long address() {
    return address;
  }

  boolean valid() {
    return address != NONE;
  }

  void bind(long physical) {
    address = physical;
    changed = -1;
    refresh();
  }

  /** Groups of fields ({@link Field#groupBit}) that may differ from those of the last VM entry. */
  long changed() {
    return changed;
  }

  /** A VM entry has passed its checks. */
  void entered() {
    changed = 0;
  }

  /** Asks again where the region lives: the board may have remapped memory since. */
  void refresh() {
    host = address == NONE ? 0 : memory.hostPage(address);
  }

  long get(Field f) {
    if (host == 0) {
      return memory.readPhysical(address + f.offset(), f.bytes());
    }
    long at = host + f.offset();
    return GuestMemory.get(at, f.bytes());
  }

  void set(Field f, long value) {
    if ((changed & f.groupBit()) == 0 && get(f) != (value & f.mask())) {
      changed |= f.groupBit();
    }
    if (host == 0) {
      memory.writePhysical(address + f.offset(), f.bytes(), value);
      return;
    }
    long at = host + f.offset();
    GuestMemory.put(at, f.bytes(), value);
  }

  int get32(Field f) {
    return (int) get(f);
  }

  /** The region begins with bit 31 set. */
  boolean shadow() {
    return (int) memory.readPhysical(address, 4) < 0;
  }

  boolean launched() {
    return memory.readPhysical(address + LAUNCH, 4) == 1;
  }

  void setLaunched(boolean launched) {
    setLaunched(address, launched);
  }

  /** For VMCLEAR of a VMCS that is not current. */
  void setLaunched(long region, boolean launched) {
    memory.writePhysical(region + LAUNCH, 4, launched ? 1 : 0);
  }

  void setAbort(int indicator) {
    memory.writePhysical(address + ABORT, 4, indicator);
  }
}

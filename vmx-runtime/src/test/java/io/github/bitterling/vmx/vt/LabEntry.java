package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.mem.GuestMemory;

/** The next entry of a {@link Lab}. */
record LabEntry(Lab lab) implements EntryState {
  @Override
  public void set(Field f, long value) {
    lab.set(f, value);
  }

  @Override
  public long get(Field f) {
    return lab.value(f);
  }

  @Override
  public void segment(int index, int selector, long base, long limit, int rights) {
    lab.segment(index, selector, base, limit, rights);
  }

  @Override
  public void guest32() {
    lab.guest32();
  }

  @Override
  public void guestV86() {
    lab.guestV86(3);
  }

  @Override
  public void guestPae() {
    lab.guestPae();
  }

  @Override
  public void put8(long physical, int value) {
    GuestMemory.put8(lab.rig.bus.ram.address(physical, 1), value);
  }

  @Override
  public long virtualApic() {
    return lab.physical(Lab.VIRTUAL_APIC);
  }

  @Override
  public long eptRoot() {
    return lab.physical(Lab.EPT_ROOT);
  }

  @Override
  public long msrArea() {
    return lab.physical(Lab.AREA);
  }

  @Override
  public long vmcs() {
    return lab.physical(Lab.VMCS);
  }
}

package io.github.bitterling.vmx.vt;

/**
 * What the cases of the VM-entry checks change: the VMCS of the next entry, which passes all checks
 * at first, and memory it points to.
 */
interface EntryState {
  void set(Field f, long value);

  long get(Field f);

  void segment(int index, int selector, long base, long limit, int rights);

  /** 32-bit protected mode without paging. */
  void guest32();

  /** Virtual-8086 mode. */
  void guestV86();

  /** PAE paging; the PDPTEs are in the VMCS. */
  void guestPae();

  /** A byte of memory. */
  void put8(long physical, int value);

  // Pages, by physical address

  long virtualApic();

  long eptRoot();

  long msrArea();

  long vmcs();

  default void or(Field f, long bits) {
    set(f, get(f) | bits);
  }

  default void clear(Field f, long bits) {
    set(f, get(f) & ~bits);
  }
}

package io.github.bitterling.vmx.bare;

/** Where things are in the memory of a case, all of it below {@link BareCase#ARENA}. */
final class BareLayout {
  static final int GDT = 0x1000;
  static final int LDT = 0x1800;
  static final int IDT = 0x2000;

  /** A HLT for each vector, 8 bytes apart. */
  static final int HANDLERS = 0x3000;

  static final int TSS = 0x4000;
  static final int TASK32 = 0x5000;
  static final int TASK16 = 0x5100;
  static final int CODE = 0x8100;
  static final int DATA = 0x9000;

  /** PML4, page-directory-pointer table, page directory, page table. */
  static final int PML4 = 0x10000;

  static final int POINTERS = 0x11000;
  static final int DIRECTORY = 0x12000;
  static final int TABLE = 0x13000;

  private BareLayout() {}
}

package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * What a VM-entry check looks at: the current VMCS, the processor before the entry, its
 * capabilities.
 */
final class EntryContext {
  /** In {@link #looked}: something that no VMWRITE announces, the processor or memory. */
  static final long OUTSIDE = 1L << 63;

  final Cpu cpu;
  final Vmcs vmcs;
  final Capabilities caps;
  private final VmxMemory memory;

  /** Groups of the fields asked for ({@link Field#groupBit}). */
  long looked;

  EntryContext(Cpu cpu, Vmcs vmcs, Capabilities caps, VmxMemory memory) {
    this.cpu = cpu;
    this.vmcs = vmcs;
    this.caps = caps;
    this.memory = memory;
  }

  long get(Field f) {
    looked |= f.groupBit();
    return vmcs.get(f);
  }

  private boolean bit(Field f, int bit) {
    return (get(f) & bit & 0xFFFF_FFFFL) != 0;
  }

  boolean pin(int bit) {
    return bit(Field.PIN_CONTROLS, bit);
  }

  boolean primary(int bit) {
    return bit(Field.PRIMARY_CONTROLS, bit);
  }

  boolean secondary(int bit) {
    return primary(Bits.SECONDARY) && bit(Field.SECONDARY_CONTROLS, bit);
  }

  boolean exit(int bit) {
    return bit(Field.EXIT_CONTROLS, bit);
  }

  boolean entry(int bit) {
    return bit(Field.ENTRY_CONTROLS, bit);
  }

  boolean ia32e() {
    return entry(Bits.ENTRY_IA32E);
  }

  boolean host64() {
    return exit(Bits.EXIT_HOST64);
  }

  boolean unrestricted() {
    return secondary(Bits.UNRESTRICTED_GUEST);
  }

  boolean guestCr0(long bit) {
    return (get(Field.GUEST_CR0) & bit) != 0;
  }

  boolean guestFlag(int bit) {
    return (get(Field.GUEST_RFLAGS) & bit) != 0;
  }

  boolean v86() {
    return guestFlag(Cpu.VM);
  }

  boolean pae() {
    return guestCr0(Bits.CR0_PG) && (get(Field.GUEST_CR4) & Bits.CR4_PAE) != 0 && !ia32e();
  }

  boolean longModeNow() {
    looked |= OUTSIDE;
    return (cpu.efer & Bits.EFER_LMA) != 0;
  }

  // Injection

  private int information() {
    return (int) get(Field.ENTRY_INTERRUPTION_INFORMATION);
  }

  boolean injecting() {
    return information() < 0;
  }

  boolean injecting(int type) {
    return injecting() && type() == type;
  }

  int vector() {
    return information() & 0xFF;
  }

  int type() {
    return information() >> 8 & 7;
  }

  boolean injectsError() {
    return injecting() && (information() & Bits.INTR_ERROR) != 0;
  }

  boolean interruptibility(int bit) {
    return bit(Field.GUEST_INTERRUPTIBILITY, bit);
  }

  // Segments: index ES 0, CS, SS, DS, FS, GS, LDTR 6, TR 7

  int rights(int segment) {
    return (int) get(SegmentFields.RIGHTS[segment]);
  }

  boolean usable(int segment) {
    return (rights(segment) >> 16 & 1) == 0;
  }

  int segmentType(int segment) {
    return rights(segment) & 15;
  }

  int dpl(int segment) {
    return rights(segment) >> 5 & 3;
  }

  int selector(int segment) {
    return (int) get(SegmentFields.SELECTOR[segment]);
  }

  int rpl(int segment) {
    return selector(segment) & 3;
  }

  long base(int segment) {
    return get(SegmentFields.BASE[segment]);
  }

  long limit(int segment) {
    return get(SegmentFields.LIMIT[segment]);
  }

  /** 27.3.1.2: G agrees with the limit. */
  boolean granularityFits(int segment) {
    long limit = limit(segment);
    boolean g = (rights(segment) >> 15 & 1) != 0;
    return ((limit & 0xFFF) == 0xFFF || !g) && ((limit & 0xFFF0_0000L) == 0 || g);
  }

  /** Bits 11:8 and 31:17 of access rights are 0. */
  boolean rightsReservedZero(int segment) {
    return (rights(segment) & 0xFFFE_0F00) == 0;
  }

  // Memory

  /** MSR area of an exit or entry: aligned to 16 bytes and wholly within MAXPHYADDR. */
  boolean msrArea(Field count, Field address) {
    long n = get(count);
    long at = get(address);
    return n == 0
        || (at & 15) == 0 && caps.withinAddress(at) && caps.withinAddress(at + n * 16 - 1);
  }

  long physical(long address, int bytes) {
    looked |= OUTSIDE;
    return memory.readPhysical(address, bytes);
  }

  /** A PDPTE the guest would use: from the VMCS with EPT, from memory at CR3 without. */
  long pdpte(int index) {
    if (secondary(Bits.EPT)) {
      return get(Field.GUEST_PDPTE0.plus(index));
    }
    looked |= OUTSIDE;
    return memory.readPhysical(Pdptes.address(get(Field.GUEST_CR3)) + 8L * index, 8);
  }

  boolean pdpteValid(int index) {
    return Pdptes.valid(pdpte(index), caps);
  }

  static boolean patValid(long pat) {
    for (int i = 0; i < 64; i += 8) {
      int type = (int) (pat >>> i) & 0xFF;
      if (type == 2 || type == 3 || type > 7) {
        return false;
      }
    }
    return true;
  }
}

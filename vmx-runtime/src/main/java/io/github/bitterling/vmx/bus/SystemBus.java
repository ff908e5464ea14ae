package io.github.bitterling.vmx.bus;

/**
 * The board as the processors see it: memory, memory-mapped devices, I/O ports and the interrupt
 * acknowledge cycle. Implemented by the board; the local APIC page is answered inside the processor
 * and never reaches the bus.
 *
 * <p>Addresses are physical byte addresses below {@code 1 << MAXPHYADDR}, as a processor puts them
 * out: it masks bit 20 itself ({@link #a20Masked}). Widths are bytes: 1, 2, 4 or 8 for memory, 1, 2
 * or 4 for ports. Values are zero-extended little-endian. An access nobody decodes reads all ones
 * and drops writes, as on the board.
 */
public interface SystemBus {
  /** Access kinds for {@link #hostPage}. */
  int READ = 0;

  int WRITE = 1;
  int EXECUTE = 2;

  /**
   * In an address: the access is made in system-management mode, to a page that is decoded in
   * another way then ({@link #inSmm}). Such an address is never below {@code 1 << MAXPHYADDR}.
   */
  long SMM = 1L << 52;

  /** In an address: no access gets there, whatever the other bits say. */
  long NOWHERE = 1L << 53;

  /**
   * How a processor in system-management mode names a physical address: with {@link #SMM} where
   * other accesses to the page end elsewhere (SMRAM), else unchanged. One page of memory never has
   * two names that differ in more than that bit, or translations would not hear of all writes.
   */
  default long inSmm(long physicalAddress) {
    return physicalAddress;
  }

  /**
   * How a processor that has not entered untrusted mode yet, and is not in system-management mode,
   * names a physical address: as {@link #inSmm} where it has the same rights, else unchanged.
   */
  default long inBootMode(long physicalAddress) {
    return physicalAddress;
  }

  /**
   * Whether A20M# is asserted. Processors force bit 20 of their addresses to 0 then, but not in
   * system-management mode (SDM volume 3, 32.3.2) nor in VMX operation (24.8).
   */
  default boolean a20Masked() {
    return false;
  }

  /**
   * Host address that backs a 4 KiB page for direct access, or 0 when every access must go through
   * {@link #read}/{@link #write} (devices, ROM writes, holes).
   *
   * @param physicalAddress any address in the page
   * @param access {@link #READ}, {@link #WRITE} or {@link #EXECUTE}
   */
  long hostPage(long physicalAddress, int access);

  /** Device or slow memory read. An access never spans a 4 KiB page. */
  long read(long physicalAddress, int width);

  /** Device or slow memory write. An access never spans a 4 KiB page. */
  void write(long physicalAddress, int width, long value);

  /** IN from an I/O port. */
  int readPort(int port, int width);

  /** OUT to an I/O port. */
  void writePort(int port, int width, int value);

  /** INTA cycle: the 8259 pair gives the vector of its highest pending request and sets ISR. */
  int acknowledgeInterrupt();

  /** A local APIC's EOI for a level-triggered vector, seen by the I/O APIC (xAPIC broadcast). */
  void endOfInterrupt(int vector);
}

package io.github.bitterling.vmx.bus;

/**
 * Signals from the board into the processors' local APICs. Implemented by the processor complex.
 * SDM volume 3, chapter "Advanced Programmable Interrupt Controller".
 */
public interface InterruptFabric {
  /** Delivery modes as encoded in ICR, redirection entries and MSI data (bits 10:8). */
  int FIXED = 0;

  int LOWEST_PRIORITY = 1;
  int SMI = 2;
  int NMI = 4;
  int INIT = 5;
  int SIPI = 6;
  int EXT_INT = 7;

  /**
   * An interrupt message from the I/O APIC or an MSI.
   *
   * @param destination 8-bit APIC id or logical destination
   * @param logical destination mode
   * @param deliveryMode one of the constants
   * @param vector 8-bit vector
   * @param level trigger mode: true for level
   */
  void message(int destination, boolean logical, int deliveryMode, int vector, boolean level);

  /** Level of the 8259's INTR output, wired to LINT0 of every core (bootstrap core enables it). */
  void setIntr(boolean asserted);

  /** Rising edge on LINT1/NMI of the bootstrap core. */
  void nmi();

  /** Board-wide SMI# (edge). */
  void smi();
}

package io.github.bitterling.vmx.cpu;

/**
 * The pins by which x87 exceptions become interrupts while CR0.NE is clear (SDM volume 1, 8.7.2 and
 * appendix D.2).
 */
public interface CoprocessorPins {
  /**
   * FERR#: asserted when a waiting instruction meets an unmasked exception, until the exception is
   * cleared.
   */
  void ferr(Cpu cpu, boolean asserted);

  /** IGNNE#: while asserted, waiting instructions ignore such exceptions. */
  boolean ignne();

  /** A board without these wires: exceptions are ignored. */
  CoprocessorPins UNWIRED =
      new CoprocessorPins() {
        @Override
        public void ferr(Cpu cpu, boolean asserted) {}

        @Override
        public boolean ignne() {
          return true;
        }
      };
}

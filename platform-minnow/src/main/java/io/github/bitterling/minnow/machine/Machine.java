package io.github.bitterling.minnow.machine;

/** Processors and board together, ready to run from the reset vector. */
public interface Machine extends AutoCloseable {
  /**
   * Runs until the guest stops or a limit is reached. May be called once.
   *
   * @param console the far end of the serial port
   */
  MachineResult run(RunLimits limits, Console console);

  @Override
  void close();
}

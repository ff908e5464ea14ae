package io.github.bitterling.minnow.bus;

/** One interrupt wire; the level that a device drives onto it. */
@FunctionalInterface
public interface IrqLine {
  /** Drives the wire; repeated calls with the same level have no further effect. */
  void set(boolean asserted);

  /** A wire that ends nowhere. */
  IrqLine NOT_CONNECTED = asserted -> {};
}

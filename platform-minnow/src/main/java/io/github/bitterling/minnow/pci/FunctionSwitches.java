package io.github.bitterling.minnow.pci;

import java.util.TreeMap;

/** A register each of whose bits switches off the function that it belongs to. */
public final class FunctionSwitches {
  private final TreeMap<Integer, PciFunction> functions = new TreeMap<>();

  /** Gives a bit its function. */
  public FunctionSwitches add(int bit, PciFunction function) {
    functions.put(bit, function);
    return this;
  }

  /** Takes the register's value. */
  public void set(int value) {
    functions.forEach(
        (bit, function) -> {
          boolean off = (value >>> bit & 1) != 0;
          if (off != function.isOff()) {
            function.switchOff(off);
          }
        });
  }
}

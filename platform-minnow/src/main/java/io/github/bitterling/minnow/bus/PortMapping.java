package io.github.bitterling.minnow.bus;

/** A range of I/O ports. Movable ones follow a base register or BAR. */
public final class PortMapping {
  final PortMap map;
  final String name;
  final int size;
  final boolean fixed;
  final PortDevice device;
  int base;
  boolean enabled;

  PortMapping(PortMap map, String name, int base, int size, boolean fixed, PortDevice device) {
    this.map = map;
    this.name = name;
    this.base = base;
    this.size = size;
    this.fixed = fixed;
    this.device = device;
  }

  /** Moves the range or switches it on and off. */
  public void place(int newBase, boolean on) {
    if (newBase != base || on != enabled) {
      base = newBase;
      enabled = on;
      map.rebuild();
    }
  }

  /** First port. */
  public int base() {
    return base;
  }

  public boolean enabled() {
    return enabled;
  }

  @Override
  public String toString() {
    return String.format(
        "%s ports %04X-%04X%s", name, base, base + size - 1, enabled ? "" : " (off)");
  }
}

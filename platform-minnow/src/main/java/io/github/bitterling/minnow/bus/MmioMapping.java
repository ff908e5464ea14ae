package io.github.bitterling.minnow.bus;

/** A device window on the memory bus. Movable ones follow a base register or BAR. */
public final class MmioMapping {
  final MmioMap map;
  final String name;
  final long size;
  final int priority;
  final MmioDevice device;
  long base;
  boolean enabled;

  MmioMapping(MmioMap map, String name, long base, long size, int priority, MmioDevice device) {
    this.map = map;
    this.name = name;
    this.base = base;
    this.size = size;
    this.priority = priority;
    this.device = device;
  }

  /** Moves the window or switches it on and off; the bus drops what the processors cached of it. */
  public void place(long newBase, boolean on) {
    if (newBase == base && on == enabled) {
      return;
    }
    if (enabled) {
      map.changed(this);
    }
    base = newBase;
    enabled = on;
    if (enabled) {
      map.changed(this);
    }
  }

  /** Physical address of offset 0. */
  public long base() {
    return base;
  }

  public boolean enabled() {
    return enabled;
  }

  boolean covers(long address) {
    return enabled && address >= base && address - base < size;
  }

  boolean overlaps(long start, long length) {
    return enabled && start < base + size && base < start + length;
  }

  @Override
  public String toString() {
    return String.format("%s %09X-%09X%s", name, base, base + size - 1, enabled ? "" : " (off)");
  }
}

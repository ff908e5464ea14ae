package io.github.bitterling.minnow.bus;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Device windows by physical address. Fixed windows may not overlap: that is a wiring error.
 * Windows that the guest moves may land anywhere; there the one of higher priority, then the one
 * wired first, answers.
 */
final class MmioMap {
  private final List<MmioMapping> mappings = new ArrayList<>();
  private final BiConsumer<Long, Long> listener;
  private MmioMapping lastHit;

  MmioMap(BiConsumer<Long, Long> listener) {
    this.listener = listener;
  }

  MmioMapping fixed(String name, long base, long size, MmioDevice device) {
    for (MmioMapping m : mappings) {
      if (m.overlaps(base, size)) {
        throw new IllegalStateException(
            String.format("%s at %X-%X overlaps %s", name, base, base + size - 1, m));
      }
    }
    MmioMapping mapping = insert(new MmioMapping(this, name, base, size, 10, device));
    mapping.enabled = true;
    return mapping;
  }

  MmioMapping movable(String name, long size, int priority, MmioDevice device) {
    return insert(new MmioMapping(this, name, 0, size, priority, device));
  }

  private MmioMapping insert(MmioMapping mapping) {
    int at = 0;
    while (at < mappings.size() && mappings.get(at).priority >= mapping.priority) {
      at++;
    }
    mappings.add(at, mapping);
    return mapping;
  }

  void changed(MmioMapping mapping) {
    lastHit = null;
    listener.accept(mapping.base, mapping.size);
  }

  /** The window that answers at an address, or null. */
  MmioMapping find(long address) {
    MmioMapping cached = lastHit;
    if (cached != null && cached.priority >= 10 && cached.covers(address)) {
      return cached;
    }
    for (MmioMapping m : mappings) {
      if (m.covers(address)) {
        lastHit = m;
        return m;
      }
    }
    return null;
  }

  List<MmioMapping> all() {
    return mappings;
  }
}

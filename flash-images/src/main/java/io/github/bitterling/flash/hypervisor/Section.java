package io.github.bitterling.flash.hypervisor;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** A virtual machine while its lines are read. */
final class Section {
  final String name;
  private final int line;
  private final Set<String> keys = new HashSet<>();
  String payload = "";
  private SortedSet<Integer> cores = new TreeSet<>();
  private long memory;
  private List<Range> ports = List.of();
  private List<Range> mmio = List.of();

  Section(String name, int line) {
    this.name = name;
    this.line = line;
  }

  /** Whether this section had no line with the key before; the next time it has. */
  boolean isFirst(String key) {
    return keys.add(key);
  }

  void set(String key, Values values) {
    switch (key) {
      case "cores" -> cores = values.cores();
      case "memory" -> memory = values.size();
      case "ports" -> ports = values.ranges(0xFFFF, 1);
      default -> mmio = values.ranges(0xFFFF_FFFFL, 0x1000);
    }
  }

  VmConfig finish() {
    return new VmConfig(name, line, payload, cores, memory, ports, mmio);
  }
}

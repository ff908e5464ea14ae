package io.github.bitterling.flash.hypervisor;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** A virtual machine while its lines are read. */
final class Section {
  final String name;
  private final int line;
  String payload = "";
  private SortedSet<Integer> cores = new TreeSet<>();
  private long memory;
  private List<Range> ports = List.of();
  private List<Range> mmio = List.of();

  Section(String name, int line) {
    this.name = name;
    this.line = line;
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

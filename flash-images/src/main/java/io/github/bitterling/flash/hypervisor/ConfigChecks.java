package io.github.bitterling.flash.hypervisor;

import io.github.bitterling.flash.data.FlashImageException;
import java.util.Collections;
import java.util.List;

/** What a line alone does not show. */
final class ConfigChecks {
  private final String source;

  private ConfigChecks(String source) {
    this.source = source;
  }

  static void check(HypervisorConfig config, String source) {
    ConfigChecks checks = new ConfigChecks(source);
    List<VmConfig> cells = config.vms().subList(1, config.vms().size());
    for (int i = 0; i < cells.size(); i++) {
      checks.complete(cells.get(i));
      for (VmConfig other : cells.subList(0, i)) {
        checks.apart(cells.get(i), other);
      }
    }
  }

  private void require(boolean met, VmConfig vm, String found, String expected) {
    if (!met) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          source + " line " + vm.line() + ", VM " + vm.name(),
          found,
          expected,
          "see docs/hypervisor.md");
    }
  }

  private void complete(VmConfig vm) {
    require(!vm.cores().isEmpty(), vm, "no cores", "a line cores=");
    require(!vm.cores().contains(0), vm, "core 0", "other cores: 0 starts the primary VM");
    require(vm.memory() > 0, vm, "no memory", "a line memory=");
    require(!vm.payload().isEmpty(), vm, "no payload", "a line payload=");
  }

  private void apart(VmConfig vm, VmConfig other) {
    String with = " of VM " + other.name();
    boolean cores = Collections.disjoint(vm.cores(), other.cores());
    require(cores, vm, "a core" + with, "cores of its own");
    require(disjoint(vm.ports(), other.ports()), vm, "a port" + with, "ports of its own");
    require(disjoint(vm.mmio(), other.mmio()), vm, "registers" + with, "registers of its own");
  }

  private static boolean disjoint(List<Range> a, List<Range> b) {
    return a.stream().noneMatch(x -> b.stream().anyMatch(x::overlaps));
  }
}

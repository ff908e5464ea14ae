package io.github.bitterling.minnow.machine;

import java.util.List;

/**
 * What to build.
 *
 * @param memoryBytes DRAM
 * @param cpus cores, 1 to 4
 * @param engine how guest code is executed
 * @param flash contents of the SPI part, 8 MiB
 * @param disks at most two
 */
public record MachineConfig(
    long memoryBytes, int cpus, EngineKind engine, byte[] flash, List<DiskFactory> disks) {
  public MachineConfig {
    disks = List.copyOf(disks);
  }
}

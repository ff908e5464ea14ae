package io.github.bitterling.minnow.machine;

import java.util.List;
import java.util.function.Consumer;

/**
 * What to build.
 *
 * @param memoryBytes DRAM
 * @param cpus cores, 1 to 4
 * @param engine how guest code is executed
 * @param flash contents of the SPI part, 8 MiB
 * @param disks at most two
 * @param vmxNotes gets a line for each VMX instruction and VM entry that fails; null for none
 */
public record MachineConfig(
    long memoryBytes,
    int cpus,
    EngineKind engine,
    byte[] flash,
    List<DiskFactory> disks,
    Consumer<String> vmxNotes) {
  public MachineConfig {
    disks = List.copyOf(disks);
  }

  /** Without VMX notes. */
  public MachineConfig(
      long memoryBytes, int cpus, EngineKind engine, byte[] flash, List<DiskFactory> disks) {
    this(memoryBytes, cpus, engine, flash, disks, null);
  }
}

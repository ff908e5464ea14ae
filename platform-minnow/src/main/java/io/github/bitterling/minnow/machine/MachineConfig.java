package io.github.bitterling.minnow.machine;

import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.vmx.model.CpuModel;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What to build.
 *
 * @param memoryBytes DRAM
 * @param dram skews of the memory's lanes, and whether it needs to be trained
 * @param cpus cores, 1 to 4
 * @param cpu name of the processor model, see {@link CpuModel#names}
 * @param engine how guest code is executed
 * @param parallel cores run at once on host threads, which does not repeat exactly
 * @param flash contents of the SPI part, 8 MiB
 * @param media disks, CD-ROMs and memory sticks, each kind in the order of its ports
 * @param startFiles what the loader of a direct start reads
 * @param vmxNotes gets a line for each VMX instruction and VM entry that fails; null for none
 */
public record MachineConfig(
    long memoryBytes,
    DramSetup dram,
    int cpus,
    String cpu,
    EngineKind engine,
    boolean parallel,
    byte[] flash,
    List<MediumSource> media,
    Optional<byte[]> startFiles,
    Consumer<String> vmxNotes) {
  public MachineConfig {
    if (parallel && engine == EngineKind.LOCKSTEP) {
      throw new IllegalArgumentException("lockstep compares machines that repeat exactly");
    }
    media = List.copyOf(media);
  }

  /** The board's own processor, with SATA disks only, without VMX notes. */
  public MachineConfig(
      long memoryBytes, int cpus, EngineKind engine, byte[] flash, List<DiskFactory> disks) {
    this(
        memoryBytes,
        DramSetup.DEFAULT,
        cpus,
        CpuModel.DEFAULT,
        engine,
        false,
        flash,
        disks.stream().map(MediumSource::disk).toList(),
        Optional.empty(),
        null);
  }
}

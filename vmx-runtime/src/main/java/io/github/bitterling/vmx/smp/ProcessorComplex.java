package io.github.bitterling.vmx.smp;

import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.vmx.apic.ApicBus;
import io.github.bitterling.vmx.bus.BusListener;
import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.Dispatcher;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.system.Processor;
import io.github.bitterling.vmx.time.VirtualClock;
import io.github.bitterling.vmx.vt.Capabilities;
import io.github.bitterling.vmx.vt.Vmx;
import io.github.bitterling.vmx.vt.VmxStatistics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** All cores of a machine with their units, wired to one bus; runs on one host thread. */
public final class ProcessorComplex {
  private final List<Core> cores = new ArrayList<>();
  private final ApicBus apics = new ApicBus();
  private final BlockCache blocks;
  private final Dispatcher dispatcher;
  private final Scheduler scheduler;
  private final int[] noEvict;
  private final Consumer<Boolean> cacheAsRam;

  /** One logical processor with the units that reports ask. */
  public record Core(Processor processor, Vmx vmx) {
    public Cpu cpu() {
      return processor.cpu();
    }
  }

  /**
   * @param machine hears of triple faults
   * @param stop asked between runs of a core
   * @param cacheAsRam told when the first core enters no-evict mode or the last one leaves it
   * @param compiler makes the JIT for the block cache
   */
  public ProcessorComplex(
      CpuModel model,
      SystemBus bus,
      VirtualClock clock,
      MachineControl machine,
      Scheduler.StopSignal stop,
      Consumer<Boolean> cacheAsRam,
      Function<BlockCache, RegionCompiler> compiler) {
    this.cacheAsRam = cacheAsRam;
    noEvict = new int[model.cores()];
    Processor.Board board = new Processor.Board(bus, machine, clock, apics, this::noEvictMode);
    for (int i = 0; i < model.cores(); i++) {
      cores.add(core(i, model, board));
    }
    blocks =
        new BlockCache(
            new X86Lifter(model.features()), ir -> ir, bus, this::dropWrites, model.cores());
    cores.forEach(core -> core.processor.mmu().setCodeTracker(blocks));
    RegionCompiler jit = compiler.apply(blocks);
    dispatcher = new Dispatcher(blocks, jit);
    scheduler = new Scheduler(cpus(), clock, dispatcher, jit, stop);
    cores.forEach(core -> core.processor.powerOn());
  }

  private static Core core(int index, CpuModel model, Processor.Board board) {
    Processor processor = Processor.create(index, model, board);
    Vmx vmx =
        new Vmx(
            Capabilities.of(model),
            new VmxMemoryAdapter(processor.mmu()),
            processor.msrs(),
            new VmxEventsAdapter(board.machine()));
    processor.cpu().vmx = vmx;
    vmx.useClock(processor.cpu(), board.time());
    return new Core(processor, vmx);
  }

  private void noEvictMode(Cpu cpu, int bits) {
    boolean before = anyNoEvict();
    noEvict[cpu.index] = bits;
    if (anyNoEvict() != before) {
      cacheAsRam.accept(!before);
    }
  }

  private boolean anyNoEvict() {
    int bits = 0;
    for (int b : noEvict) {
      bits |= b;
    }
    return bits != 0;
  }

  private void dropWrites(long physicalPage) {
    cores.forEach(core -> core.processor.mmu().dropWrites(physicalPage));
  }

  /** Platform reset: every core as after power-on. */
  public void reset() {
    for (int i = 0; i < noEvict.length; i++) {
      noEvict[i] = 0;
    }
    cores.forEach(core -> core.processor.powerOn());
  }

  /**
   * Advances every awake core by one slice of virtual time.
   *
   * @return false when all cores sleep for good
   */
  public boolean slice() {
    return scheduler.slice();
  }

  public List<Core> cores() {
    return List.copyOf(cores);
  }

  public List<Cpu> cpus() {
    return cores.stream().map(Core::cpu).toList();
  }

  /** Where the board sends interrupts. */
  public InterruptFabric fabric() {
    return apics;
  }

  /** What the board tells when memory changes under the processors. */
  public BusListener busListener() {
    return new BusListener() {
      @Override
      public void mappingChanged(long start, long length) {
        blocks.written(start, length);
        cores.forEach(core -> core.processor.mmu().flushEverything());
      }

      @Override
      public void memoryWritten(long start, long length) {
        blocks.written(start, length);
      }
    };
  }

  /** Instructions retired by all cores. */
  public long retired() {
    long sum = 0;
    for (Core core : cores) {
      sum += core.cpu().retired;
    }
    return sum;
  }

  /** System-management interrupts taken by all cores since power-on. */
  public long smis() {
    return cpus().stream().mapToLong(cpu -> cpu.smiCount & 0xFFFFFFFFL).sum();
  }

  /** VM exits of all cores by reason. */
  public Map<String, Long> vmExits() {
    Map<String, Long> sum = new LinkedHashMap<>();
    for (Core core : cores) {
      core.vmx.statistics().byReason().forEach((reason, n) -> sum.merge(reason, n, Long::sum));
    }
    return sum;
  }

  /** VM exits of all cores by reason, with costs and guest addresses. */
  public List<VmxStatistics.Figures> vmExitFigures() {
    return VmxStatistics.figures(cores.stream().map(core -> core.vmx.statistics()).toList());
  }

  /** Has a line written for each VMX instruction and VM entry that fails, on every core. */
  public void explainVmx(Consumer<String> sink) {
    cores.forEach(core -> core.vmx.explainTo(sink));
  }

  /** The failed VM-entry check of the first core that has one. */
  public Optional<String> entryFailure() {
    return cores.stream()
        .filter(core -> core.vmx.lastFailure() != null)
        .map(core -> "core " + core.cpu().index + ": " + core.vmx.lastFailure().text())
        .findFirst();
  }

  public Dispatcher dispatcher() {
    return dispatcher;
  }

  public BlockCache blocks() {
    return blocks;
  }
}

package io.github.bitterling.vmx.smp;

import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.vmx.apic.ApicBus;
import io.github.bitterling.vmx.bus.BusListener;
import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.CoprocessorPins;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.Dispatcher;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.exec.SharedDispatcher;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.parallel.CoreGate;
import io.github.bitterling.vmx.parallel.Locked;
import io.github.bitterling.vmx.parallel.MachineLock;
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

/**
 * All cores of a machine with their units, wired to one bus. They run in turns on one host thread,
 * or at once on several.
 */
public final class ProcessorComplex implements AutoCloseable {
  /** Instructions between two looks at what other cores want, in cores that run at once. */
  private static final int GLANCE = 30_000;

  private final List<Core> cores = new ArrayList<>();
  private final ApicBus apics = new ApicBus();
  private final BlockCache blocks;
  private final Scheduler scheduler;

  /** Of cores that run at once, else null. */
  private final MachineLock lock;

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
   * @param threads host threads to run cores on at once; 0: in turns, which repeats exactly
   */
  public ProcessorComplex(
      CpuModel model,
      SystemBus bus,
      VirtualClock clock,
      MachineControl machine,
      Scheduler.StopSignal stop,
      Consumer<Boolean> cacheAsRam,
      Function<BlockCache, RegionCompiler> compiler,
      int threads) {
    this.cacheAsRam = cacheAsRam;
    noEvict = new int[model.cores()];
    Processor.Board board = new Processor.Board(bus, machine, clock, apics, this::noEvictMode);
    for (int i = 0; i < model.cores(); i++) {
      cores.add(core(i, model, board));
    }
    lock = threads == 0 ? null : new MachineLock(model.cores(), clock);
    X86Lifter lifter = new X86Lifter(model.features(), threads != 0);
    blocks = new BlockCache(lifter, ir -> ir, bus, this::dropWrites, model.cores());
    blocks.beforeFirstCode(gate()::standStill);
    cores.forEach(core -> core.processor.mmu().setCodeTracker(blocks));
    RegionCompiler jit = compiler.apply(blocks);
    scheduler =
        threads == 0
            ? new Scheduler(cpus(), clock, new Dispatcher(blocks, jit), jit, stop)
            : atOnce(clock, jit, stop, threads);
    cores.forEach(core -> core.processor.powerOn());
  }

  private Scheduler atOnce(
      VirtualClock clock, RegionCompiler jit, Scheduler.StopSignal stop, int threads) {
    cpus().forEach(cpu -> Locked.wrap(cpu, lock));
    SharedDispatcher dispatcher = new SharedDispatcher(blocks, jit, lock);
    Turn turn = new Turn(cpus(), clock, dispatcher, stop, lock, lock::crowded, GLANCE);
    return new Scheduler(cpus(), clock, jit, new Crew(cpus(), turn, lock, threads));
  }

  private CoreGate gate() {
    return lock == null ? CoreGate.OPEN : lock;
  }

  /** Connects FERR# and IGNNE# of all cores. */
  public void connect(CoprocessorPins pins) {
    for (Cpu cpu : cpus()) {
      cpu.coprocessor = lock == null ? pins : Locked.pins(pins, cpu, lock);
    }
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
        gate().standStill();
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

  public BlockCache blocks() {
    return blocks;
  }

  @Override
  public void close() {
    scheduler.close();
  }
}

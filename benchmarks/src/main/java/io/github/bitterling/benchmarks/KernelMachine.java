package io.github.bitterling.benchmarks;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.vmx.apic.ApicBus;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.VmxUnit;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.Dispatcher;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.paging.CodeTracker;
import io.github.bitterling.vmx.system.Processor;
import io.github.bitterling.vmx.time.VirtualClock;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * The smallest machine that runs a kernel: one processor, RAM and the exit port. The image is
 * entered like a boot sector, in real mode at 7C00; everything after that is guest code.
 */
public final class KernelMachine implements AutoCloseable {
  private static final long LOAD = 0x7C00;
  private static final int SLICE = 10_000;

  private final KernelBus bus = new KernelBus();
  private final Processor processor;
  private final BlockCache cache;
  private final Dispatcher dispatcher;
  private final RegionCompiler compiler;

  /** Which engine runs the guest. */
  public enum Engine {
    TIER0,
    JIT,
    JIT_FORCED
  }

  /**
   * Outcome of a run.
   *
   * @param checksum what the kernel returned
   * @param instructions guest instructions
   * @param inRegions of those, in compiled regions
   * @param entries times a region was entered
   * @param regions regions installed
   * @param seconds processor time, boot code and translation included
   */
  public record Result(
      int checksum,
      long instructions,
      long inRegions,
      long entries,
      long regions,
      double seconds) {}

  /**
   * @param store shared by machines that should find each other's regions
   */
  public KernelMachine(byte[] image, Engine engine, TranslationStore store) {
    this(image, engine, store, CpuModel.DEFAULT);
  }

  /**
   * @param processorModel name of the processor model
   */
  public KernelMachine(byte[] image, Engine engine, TranslationStore store, String processorModel) {
    CpuModel model = CpuModel.of(processorModel, 1);
    VirtualClock clock = new VirtualClock(1_000_000_000L);
    Processor.Board board =
        new Processor.Board(bus, new NoControl(), clock, new ApicBus(), (cpu, bits) -> {});
    processor = Processor.create(0, model, board, withoutVmx());
    cache =
        new BlockCache(new X86Lifter(model.features()), ir -> ir, bus, page -> dropWrites(page), 1);
    compiler = compiler(engine, store);
    dispatcher = new Dispatcher(cache, compiler);
    processor.mmu().setCodeTracker(new Tracker());
    processor.powerOn();
    bus.load(LOAD, image);
  }

  private RegionCompiler compiler(Engine engine, TranslationStore store) {
    return switch (engine) {
      case TIER0 -> RegionCompiler.NONE;
      case JIT ->
          new RegionJit(
              cache::at, store, Helper::isPure, Runnable::run, RegionJit.DEFAULT_THRESHOLD);
      case JIT_FORCED -> RegionJit.forced(cache::at, store, Helper::isPure);
    };
  }

  private void dropWrites(long page) {
    processor.cpu().tlb.dropWrites(bus.hostPage(page, 1));
  }

  /** Runs {@code kernel} so many rounds; at most so many instructions. */
  public Result run(int kernel, int rounds, long limit) {
    bus.word(0x7000, kernel);
    bus.word(0x7004, rounds);
    Cpu cpu = processor.cpu();
    cpu.cs.setReal(0, cpu.cs.attributes);
    cpu.rip = LOAD;
    long start = processorTime();
    while (bus.result() == null && cpu.retired < limit) {
      cpu.attention = false;
      dispatcher.run(cpu, SLICE);
      compiler.publish();
      if (cpu.fault != 0) {
        throw new IllegalStateException(
            "kernel "
                + kernel
                + " faulted at "
                + Long.toHexString(cpu.rip)
                + "h: fault "
                + cpu.fault
                + " vector "
                + cpu.faultVector
                + " after "
                + cpu.retired
                + " instructions");
      }
    }
    if (bus.result() == null) {
      throw new IllegalStateException(
          "kernel " + kernel + " did not end within " + limit + " instructions");
    }
    double seconds = (processorTime() - start) / 1e9;
    long regions = compiler instanceof RegionJit jit ? jit.regions() : 0;
    return new Result(
        bus.result(),
        cpu.retired,
        dispatcher.retiredInRegions(),
        dispatcher.regionEntries(),
        regions,
        seconds);
  }

  /** Of this thread: the host may be busy with other things. */
  private static long processorTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  @Override
  public void close() {
    bus.close();
  }

  /** A processor outside VMX operation: nothing is intercepted. */
  private static VmxUnit withoutVmx() {
    return (VmxUnit)
        Proxy.newProxyInstance(
            VmxUnit.class.getClassLoader(),
            new Class<?>[] {VmxUnit.class},
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "validInVmx" -> true;
                  case "readShadowed", "mergeHostOwned" -> args[2];
                  default -> zero(method.getReturnType());
                });
  }

  private static Object zero(Class<?> type) {
    if (type == boolean.class) {
      return false;
    }
    if (type == int.class) {
      return 0;
    }
    return type == long.class ? (Object) 0L : null;
  }

  private final class Tracker implements CodeTracker {
    @Override
    public boolean pageHasCode(long page) {
      return cache.pageHasCode(page);
    }

    @Override
    public boolean lineHasCode(long physical, int bytes) {
      return cache.lineHasCode(physical, bytes);
    }

    @Override
    public void written(long physical, long bytes) {
      cache.written(physical, bytes);
    }
  }

  private static final class NoControl implements MachineControl {
    @Override
    public void powerOff() {}

    @Override
    public void reset(String source, boolean cold) {
      throw new IllegalStateException("the kernel asked for a reset: " + source);
    }

    @Override
    public void debugExit(int value) {}
  }

  /** Names in the order of the C enumeration. */
  public static List<String> kernels() {
    return List.of(
        "sieve",
        "sha256",
        "crc",
        "bytecode",
        "fib",
        "copy",
        "nbody",
        "spectral",
        "mandelbrot",
        "dot",
        "matrix");
  }
}

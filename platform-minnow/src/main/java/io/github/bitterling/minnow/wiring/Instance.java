package io.github.bitterling.minnow.wiring;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.minnow.BoardConfig;
import io.github.bitterling.minnow.MinnowBoard;
import io.github.bitterling.minnow.bus.AccessLog;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Progress;
import io.github.bitterling.minnow.machine.TranslationFigures;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.smp.ProcessorComplex;
import io.github.bitterling.vmx.time.VirtualClock;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

/** One board with its processors, advanced slice by slice. Lockstep has two of them. */
final class Instance implements Progress, AutoCloseable {
  /** How often an attached terminal is asked for input, guest time. */
  private static final long INPUT_HERTZ = 200;

  private final VirtualClock clock;
  private final Requests requests = new Requests();
  private final MinnowBoard board;
  private final ProcessorComplex processors;
  private final ExecutorService translator;
  private final TranslationStore store = new TranslationStore();
  private RegionJit jit;

  /**
   * @param useJit hot code becomes classes; otherwise tier 0 only
   * @param serial gets what COM1 sends
   * @param post gets POST codes
   */
  Instance(
      MachineConfig config, boolean useJit, Console input, IntConsumer serial, IntConsumer post) {
    CpuModel model = CpuModel.of(config.cpu(), config.cpus());
    clock = new VirtualClock(model.tscHertz());
    BoardConfig boardConfig =
        new BoardConfig(
            config.memoryBytes(),
            config.dram(),
            config.flash(),
            config.media().stream().map(MediumSource::open).toList(),
            config.startFiles(),
            serial,
            input::input,
            serial,
            post);
    board = new MinnowBoard(boardConfig, clock, requests);
    translator = useJit ? Executors.newSingleThreadExecutor(Instance::thread) : null;
    processors =
        new ProcessorComplex(
            model,
            board.bus(),
            clock,
            requests,
            requests::pending,
            board::setCacheAsRam,
            useJit ? this::compiler : cache -> RegionCompiler.NONE,
            config.parallel() ? Runtime.getRuntime().availableProcessors() : 0);
    board.connect(processors.busListener(), processors.fabric());
    board.accesses().origin(origin());
    processors.connect(board.coprocessor());
    if (input.interactive()) {
      pollInput();
    }
  }

  private AccessLog.Origin origin() {
    return new AccessLog.Origin() {
      @Override
      public int core() {
        Cpu cpu = clock.running();
        return cpu == null ? -1 : cpu.index;
      }

      @Override
      public long instruction() {
        Cpu cpu = clock.running();
        return cpu == null ? 0 : CoreText.linear(cpu);
      }
    };
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "translator");
    thread.setDaemon(true);
    return thread;
  }

  private RegionCompiler compiler(BlockCache cache) {
    jit = new RegionJit(cache::at, store, Helper::isPure, translator, RegionJit.DEFAULT_THRESHOLD);
    return jit;
  }

  private void pollInput() {
    VirtualTime.Timer[] timer = new VirtualTime.Timer[1];
    long period = clock.frequency() / INPUT_HERTZ;
    timer[0] =
        clock.timer(
            "console input",
            () -> {
              board.pollInput();
              timer[0].armAt(clock.now() + period);
            });
    timer[0].armAt(period);
  }

  /** Advances every core by one slice; false when nothing can ever happen again. */
  boolean slice() {
    return processors.slice();
  }

  /** Carries out a requested reset. */
  void reset() {
    boolean cold = requests.takeReset();
    board.reset(cold);
    processors.reset();
  }

  Requests requests() {
    return requests;
  }

  ProcessorComplex processors() {
    return processors;
  }

  MinnowBoard board() {
    return board;
  }

  List<Cpu> cpus() {
    return processors.cpus();
  }

  @Override
  public double guestSeconds() {
    return (double) clock.now() / clock.frequency();
  }

  @Override
  public long instructions() {
    return processors.retired();
  }

  TranslationFigures translation() {
    return new TranslationFigures(
        processors.blocks().blocksLifted(),
        jit == null ? 0 : jit.regions(),
        store.classes(),
        store.bytecodeBytes(),
        store.milliseconds());
  }

  @Override
  public void close() {
    if (translator != null) {
      translator.shutdownNow();
    }
    processors.close();
    board.close();
  }
}

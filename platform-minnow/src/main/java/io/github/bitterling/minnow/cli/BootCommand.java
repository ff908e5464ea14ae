package io.github.bitterling.minnow.cli;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.minnow.BoardConfig;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.dram.BoardSkew;
import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.host.HostFigures;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineFactory;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.RunLimits;
import io.github.bitterling.minnow.report.BootReport;
import io.github.bitterling.minnow.report.ReportTable;
import io.github.bitterling.minnow.report.ReportWriter;
import io.github.bitterling.vmx.model.CpuModel;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bitterling boot}: builds the board, runs it from the reset vector, says what came of it.
 */
@Command(
    name = "boot",
    description = "Boots the board from its reset vector; the terminal is its serial port.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    footer = {
      "",
      "On a terminal, Ctrl-A x quits and Ctrl-A Ctrl-A sends Ctrl-A.",
      "",
      "Exit codes:",
      "   0  the --until text appeared, or the guest powered off and no --until was given",
      "   1  the guest stopped without it, was stopped from the keyboard, or met an instruction",
      "      that this version cannot execute yet",
      "   2  wrong usage or unreadable input",
      "   3  the guest asked for a failing exit code (port F4h); the value is in the report",
      "   4  triple fault or reset loop",
      "   5  a VM entry failed and the hypervisor gave up",
      "   6  guest-time limit",
      "   7  wall-time limit",
      "  70  internal error"
    })
public final class BootCommand implements Callable<Integer> {
  private static final int MOST_CPUS = 4;
  private static final String SEABIOS = "seabios";

  /** An option that is on or off. */
  enum Switch {
    ON,
    OFF
  }

  private final Supplier<MachineFactory> factory;
  private final HostFigures host = new HostFigures();

  @Spec private CommandSpec spec;

  @Option(
      names = "--flash",
      paramLabel = "FILE",
      description = "SPI flash image, 8 MiB. Default: the built-in one.")
  private Path flash;

  @Option(
      names = "--seabios",
      paramLabel = "FILE",
      description = "SeaBIOS ELF for the built-in image.")
  private Path seabios;

  @Mixin private MediaInput media;

  @Option(
      names = "--payload",
      paramLabel = "seabios|grub|FILE",
      defaultValue = SEABIOS,
      description = "What the built-in image starts: SeaBIOS, GRUB, or an ELF file of your own.")
  private String payload;

  @Option(
      names = "--boot",
      paramLabel = "c,d,u",
      description = {
        "Order in which SeaBIOS tries disks (c), CD-ROMs (d) and memory sticks (u).",
        "Default: SATA ports in order, then sticks."
      })
  private String bootOrder;

  @Option(
      names = "--bios-console",
      paramLabel = "on|off",
      description = {
        "Whether SeaBIOS shows on the serial port what is printed through INT 10h, and takes keys from there.",
        "Default: on where a medium is named."
      })
  private Switch biosConsole;

  @Option(
      names = "--hypervisor",
      paramLabel = "on|off",
      description = {
        "Whether the built-in image starts its payload in a virtual machine or on the bare board.",
        "Default: on; off with --kernel."
      })
  private Switch hypervisor;

  @Option(
      names = "--kernel",
      paramLabel = "FILE",
      description =
          "Start this kernel directly, without SeaBIOS: a Linux bzImage or a multiboot kernel.")
  private Path kernel;

  @Option(
      names = "--initrd",
      paramLabel = "FILE",
      description = "Initial RAM disk (multiboot: module) for --kernel.")
  private Path initrd;

  @Option(names = "--append", paramLabel = "TEXT", description = "Command line for --kernel.")
  private String append;

  @Option(names = "--cpus", paramLabel = "N", defaultValue = "4", description = "Cores, 1 to 4.")
  private int cpus;

  @Option(
      names = "--cpu",
      paramLabel = "NAME",
      defaultValue = CpuModel.DEFAULT,
      description = "Processor model; --cpu help lists them.")
  private String cpu;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "2G",
      converter = Units.Size.class,
      description = "DRAM, such as 1G or 2048M.")
  private long memory;

  @Option(
      names = "--ddr-skew",
      paramLabel = "FILE|SEED",
      description = {
        "Skews of the memory's byte lanes, which firmware trains out: a file, or the number of a random board.",
        "Default: the Turbot's."
      })
  private String ddrSkew;

  @Option(
      names = "--cold-memory",
      description = {
        "With --flash: memory works only once the image has set it up, as on the board. Without this it works",
        "until the image begins to, for images that do not. The built-in image always sets it up."
      })
  private boolean coldMemory;

  @Option(
      names = "--serial",
      paramLabel = "stdio|FILE|none",
      defaultValue = "stdio",
      description = "Where the serial port goes.")
  private String serial;

  @Option(
      names = "--until",
      paramLabel = "TEXT",
      description = "Stop as soon as the serial port printed this.")
  private String until;

  @Option(
      names = "--max-guest-time",
      paramLabel = "T",
      converter = Units.Time.class,
      description = "Stop after this much guest time (30s, 500ms, 2m).")
  private Long maxGuestTime;

  @Option(
      names = "--max-wall-time",
      paramLabel = "T",
      converter = Units.Time.class,
      description = "Stop after this much real time.")
  private Long maxWallTime;

  @Option(
      names = "--engine",
      paramLabel = "jit|interpreter|lockstep",
      defaultValue = "jit",
      converter = Units.Engine.class,
      description = "How guest code is executed: ${COMPLETION-CANDIDATES}.")
  private EngineKind engine;

  @Option(
      names = "--parallel",
      description = {
        "Run the cores at once, one host thread each as far as the host has processors. For guests that compute",
        "on several cores; instruction counts and times then differ from run to run."
      })
  private boolean parallel;

  @Option(names = "--report", paramLabel = "FILE.json", description = "Write a report of the boot.")
  private Path report;

  @Option(
      names = "--save-flash",
      paramLabel = "FILE",
      description = "Write the flash contents as the guest left them.")
  private Path saveFlash;

  @Option(
      names = "--dump",
      paramLabel = "FILE",
      description = "Write all board registers at the end.")
  private Path dump;

  @Option(
      names = "--explain-vmx",
      description = {
        "Say why each VMX instruction or VM entry fails: the check, the VMCS field by its SDM name, its value,",
        "what would be allowed, and the section."
      })
  private boolean explainVmx;

  @Option(
      names = "--dump-vmcs",
      paramLabel = "FILE",
      description = {
        "Write the region of the current VMCS at the end, for: bitterling vmcs FILE",
        "The bootstrap processor's; FILE.1 to FILE.3 for the other cores that have one."
      })
  private Path dumpVmcs;

  @Option(
      names = {"-q", "--quiet"},
      description = "No summary at the end of a good boot.")
  private boolean quiet;

  /**
   * @param factory builds the machine; asked only when a boot starts
   */
  public BootCommand(Supplier<MachineFactory> factory) {
    this.factory = factory;
  }

  @Override
  public Integer call() throws IOException {
    if (cpu.equals("help")) {
      listModels(spec.commandLine().getOut());
      return 0;
    }
    check();
    PrintWriter err = spec.commandLine().getErr();
    List<MediumSource> media = this.media.open(kernel != null, err);
    FlashImage image = image(media, err);
    MachineConfig config =
        new MachineConfig(
            memory,
            dram(),
            cpus,
            cpu,
            engine,
            parallel,
            image.bytes(),
            media,
            startFiles(),
            explainVmx ? notes(err) : null);
    MachineResult result = run(config);
    BootReport summary = summarize(result, image.sha256());
    write(result, summary);
    if (!quiet || summary.exitCode() != 0) {
      err.print("\n" + ReportTable.summary(summary));
      err.flush();
    }
    return summary.exitCode();
  }

  private static void listModels(PrintWriter out) {
    for (String name : CpuModel.names()) {
      out.printf("%-12s %s%n", name, CpuModel.of(name, 1).summary());
    }
    out.flush();
  }

  private void check() {
    if (cpus < 1 || cpus > MOST_CPUS) {
      throw new UserError("--cpus must be from 1 to " + MOST_CPUS + ", found " + cpus);
    }
    if (!CpuModel.names().contains(cpu)) {
      throw new UserError(
          "--cpu: there is no processor model \"%s\"; expected one of %s"
              .formatted(cpu, String.join(", ", CpuModel.names())));
    }
    checkBuiltIn();
    if (media.writes() && engine == EngineKind.LOCKSTEP) {
      throw new UserError(
          "--write and --engine lockstep exclude each other: two machines would write the same image");
    }
    if (parallel && engine == EngineKind.LOCKSTEP) {
      throw new UserError(
          "--parallel and --engine lockstep exclude each other: lockstep compares two machines that"
              + " repeat exactly, and cores that run at once do not");
    }
    if (until != null && until.isEmpty()) {
      throw new UserError("--until needs a text");
    }
    try {
      BoardConfig.checkMemory(memory);
    } catch (IllegalArgumentException e) {
      throw new UserError("--memory: " + e.getMessage(), e);
    }
    for (Path target : outputs()) {
      checkWritable(target);
    }
  }

  /** Options that choose what the built-in image holds. */
  private void checkBuiltIn() {
    boolean own = !payload.equals(SEABIOS);
    if (flash != null && (seabios != null || own || bootOrder != null || biosConsole != null)) {
      throw new UserError(
          "--seabios, --payload, --boot and --bios-console are for the built-in image;"
              + " --flash already holds what it boots");
    }
    if (flash != null && (hypervisor != null || kernel != null)) {
      throw new UserError(
          "--hypervisor and --kernel are for the built-in image; --flash already holds what it boots");
    }
    if (kernel == null && (initrd != null || append != null)) {
      throw new UserError("--initrd and --append belong to a kernel; give one with --kernel FILE");
    }
    if (kernel != null && (seabios != null || own || bootOrder != null || biosConsole != null)) {
      throw new UserError(
          "--kernel starts without SeaBIOS; leave --seabios, --payload, --boot and --bios-console out");
    }
    if (own && (seabios != null || bootOrder != null || biosConsole != null)) {
      throw new UserError(
          "--seabios, --boot and --bios-console are SeaBIOS'; --payload "
              + payload
              + " takes its place");
    }
  }

  private static Consumer<String> notes(PrintWriter err) {
    return line -> {
      err.println(line);
      err.flush();
    };
  }

  private List<Path> outputs() {
    List<Path> all = new ArrayList<>();
    for (Path p : new Path[] {report, saveFlash, dump, dumpVmcs}) {
      if (p != null) {
        all.add(p);
      }
    }
    return all;
  }

  /** Better now than after an hour of boot. */
  private static void checkWritable(Path target) {
    Path folder = target.toAbsolutePath().getParent();
    if (Files.isDirectory(target)) {
      throw new UserError(target + " is a directory; expected a file to write");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UserError(target + " cannot be written: there is no folder " + folder);
    }
  }

  private FlashImage image(List<MediumSource> media, PrintWriter err) {
    if (flash != null) {
      return FlashInput.read(flash, err);
    }
    if (kernel != null) {
      return FlashInput.loader(hypervisor == Switch.ON);
    }
    Optional<String> order = Optional.ofNullable(bootOrder).map(o -> BootOrder.of(o, media));
    boolean console =
        payload.equals(SEABIOS)
            && (biosConsole == Switch.ON || biosConsole == null && this.media.named());
    return FlashInput.builtIn(
        () ->
            new DefaultFlash.Contents(
                DefaultFlash.payload(payload, Optional.ofNullable(seabios)),
                hypervisor != Switch.OFF,
                order,
                console));
  }

  private DramSetup dram() {
    BoardSkew skew = ddrSkew == null ? BoardSkew.TURBOT : SkewInput.of(ddrSkew);
    return new DramSetup(skew, coldMemory || flash == null);
  }

  private Optional<byte[]> startFiles() {
    return kernel == null
        ? Optional.empty()
        : Optional.of(
            StartFiles.of(kernel, Optional.ofNullable(initrd), append == null ? "" : append));
  }

  private MachineResult run(MachineConfig config) {
    long wall = maxWallTime == null ? 0 : maxWallTime;
    RunLimits limits =
        new RunLimits(Optional.ofNullable(until), maxGuestTime == null ? 0 : maxGuestTime, wall);
    try (Machine machine = factory.get().create(config)) {
      return runOn(machine, limits);
    }
  }

  private MachineResult runOn(Machine machine, RunLimits limits) {
    switch (serial.toLowerCase(Locale.ROOT)) {
      case "none" -> {
        return machine.run(limits, Console.NONE);
      }
      case "stdio" -> {
        try (Terminal terminal = Terminal.open(standardOutput())) {
          return machine.run(limits, terminal);
        }
      }
      default -> {
        try (SerialOutput file = SerialOutput.toFile(Path.of(serial))) {
          return machine.run(limits, file);
        }
      }
    }
  }

  /** Unlike System.out it keeps bytes as they are. */
  private static BufferedOutputStream standardOutput() {
    return new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
  }

  private BootReport summarize(MachineResult r, String sha256) {
    return new BootReport(
        r.outcome().id(),
        r.outcome().exitCode(),
        BootReport.reason(r),
        r.debugExit(),
        engine.toString(),
        cpus,
        cpu,
        memory,
        host.wallSeconds(),
        r.guestSeconds(),
        r.guestInstructions(),
        r.smis(),
        r.vmExits(),
        r.exitFigures(),
        r.milestones(),
        r.translation(),
        r.cores().stream().map(CoreState::forReport).toList(),
        r.waits(),
        r.resets(),
        r.lastSerialLine(),
        r.cbmem(),
        host.peakResidentBytes(),
        Versions.all(),
        sha256);
  }

  private void write(MachineResult result, BootReport summary) throws IOException {
    if (report != null) {
      ReportWriter.write(summary, report);
    }
    if (saveFlash != null) {
      Files.write(saveFlash, result.flash());
    }
    if (dump != null) {
      Files.writeString(dump, result.registers());
    }
    if (dumpVmcs != null) {
      writeVmcs(result);
    }
  }

  private void writeVmcs(MachineResult result) throws IOException {
    for (CoreState core : result.cores()) {
      if (core.vmcsRegion().length > 0) {
        Files.write(
            core.core() == 0 ? dumpVmcs : Path.of(dumpVmcs + "." + core.core()), core.vmcsRegion());
      }
    }
  }
}

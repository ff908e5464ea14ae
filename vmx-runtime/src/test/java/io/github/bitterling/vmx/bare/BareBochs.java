package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.bochs.Bochs;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Debian's Bochs, through a ROM made of monitor.S and monitor.c: cases come from a disk, outcomes
 * go behind them.
 */
final class BareBochs implements BareOracle {
  /** Where monitor.c puts the cases, in MiB. */
  private static final int INPUT = 16;

  private static final int MEBIBYTE = 1 << 20;
  private static final int SECTOR = 512;
  private static final int HEADER = 8;
  private static final int SECONDS = 5;
  private static final List<String> COMPILE =
      List.of(
          "gcc -m64 -O2 -ffreestanding -nostdlib -static -fno-pic -no-pie -mno-red-zone",
          "-mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables",
          "-fno-tree-loop-distribute-patterns -fno-delete-null-pointer-checks",
          "-Wl,--build-id=none,-z,noexecstack,-Ttext=0xF4000,-Tbss=0x60000",
          "-Wl,--section-start=.start=0xF0000,--section-start=.rodata=0xF8000",
          "-Wl,--section-start=.reset=0xFFFF0,-e,start -o monitor monitor.S monitor.c");
  private static final String EXTRACT =
      "objcopy -O binary -j .start -j .text -j .rodata -j .reset --pad-to 0x100000 monitor rom";

  private final Path directory;

  private BareBochs(Path directory) {
    this.directory = directory;
  }

  /** Builds the ROM; null when this machine has no gcc or no Bochs. */
  static BareBochs build(Path directory) throws IOException, InterruptedException {
    if (!Bochs.isInstalled()) {
      return null;
    }
    for (String name : List.of("monitor.S", "monitor.c")) {
      try (InputStream in = BareBochs.class.getResourceAsStream(name)) {
        Files.write(directory.resolve(name), in.readAllBytes());
      }
    }
    boolean built = succeeds(directory, String.join(" ", COMPILE)) && succeeds(directory, EXTRACT);
    return built ? new BareBochs(directory) : null;
  }

  private static boolean succeeds(Path directory, String command)
      throws IOException, InterruptedException {
    try {
      Process p =
          new ProcessBuilder(command.split(" ")).directory(directory.toFile()).inheritIO().start();
      return p.waitFor(60, TimeUnit.SECONDS) && p.exitValue() == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }

  @Override
  public String name() {
    return "Bochs";
  }

  /** A case at which Bochs stops or hangs is refused. */
  @Override
  public List<BareOutcome> run(List<BareCase> cases) throws IOException, InterruptedException {
    List<BareOutcome> outcomes = new ArrayList<>();
    while (outcomes.size() < cases.size()) {
      List<BareCase> rest = cases.subList(outcomes.size(), cases.size());
      Batch batch = batch(rest);
      if (batch.entered == 0) {
        throw new IOException("Bochs entered no case: " + batch.log);
      }
      if (batch.outcomes.size() < rest.size()) {
        // What it had not yet written it does again
        int before = batch.entered - 1;
        batch = batch(rest.subList(0, before));
        outcomes.addAll(batch.outcomes);
        if (batch.outcomes.size() == before) {
          outcomes.add(BareOutcome.refused());
        }
      } else {
        outcomes.addAll(batch.outcomes);
      }
    }
    return outcomes;
  }

  private record Batch(List<BareOutcome> outcomes, int entered, String log) {}

  private Batch batch(List<BareCase> cases) throws IOException, InterruptedException {
    Path disk = directory.resolve("disk");
    int sectors = writeCases(cases, disk);
    long bytes = (long) sectors * SECTOR + (long) cases.size() * BareOutcome.MOST_BYTES;
    int cylinders = 1 + (int) (bytes / Bochs.CYLINDER);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength((long) cylinders * Bochs.CYLINDER);
    }
    Bochs.Run run =
        new Bochs(directory.resolve("rom"))
            .features(Bochs.SILVERMONT)
            .memory(INPUT + 2 + sectors * SECTOR / MEBIBYTE)
            .disk(disk, cylinders)
            .run(directory, SECONDS);
    int entered = (int) run.port().chars().filter(c -> c == '.').count();
    List<BareOutcome> outcomes = readOutcomes(disk, sectors, cases.size());
    if (!run.shutDown() && !outcomes.isEmpty()) {
      outcomes.removeLast(); // it may not be there in full
    }
    return new Batch(outcomes, entered, run.log());
  }

  /** Returns how many sectors the cases take. */
  private static int writeCases(List<BareCase> cases, Path disk) throws IOException {
    int bytes = HEADER + cases.stream().mapToInt(BareCase::size).sum();
    int sectors = (bytes + SECTOR - 1) / SECTOR;
    ByteBuffer in = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    in.putInt(cases.size()).putInt(sectors);
    cases.forEach(c -> c.write(in));
    Files.write(disk, in.array());
    return sectors;
  }

  /** After the last outcome the disk is zero. */
  private static List<BareOutcome> readOutcomes(Path disk, int from, int most) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(Files.readAllBytes(disk)).order(ByteOrder.LITTLE_ENDIAN);
    out.position(from * SECTOR);
    List<BareOutcome> outcomes = new ArrayList<>();
    while (outcomes.size() < most && out.getInt(out.position()) != 0) {
      outcomes.add(BareOutcome.read(out));
    }
    return outcomes;
  }
}

package io.github.bitterling.vmx.bochs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One machine for Debian's Bochs 2.7 (packages bochs and bochs-term), without a display. A ROM of
 * our own is at the reset vector, its last 128 KiB also at E0000. The ROM tells what it found on
 * port E9 and ends the machine by writing "Shutdown" to port 8900, character by character. A triple
 * fault resets the processor; RAM stays as it was.
 *
 * <p>Debian's build has Bochs's debugger in it, which stops at a triple fault: it is told to
 * continue as often as that happens.
 */
public final class Bochs {
  /** A processor with the features of the E3845, as Bochs's generic model takes them. */
  public static final String SILVERMONT =
      "level=6, family=6, model=0x37, stepping=8, vendor_string=\"GenuineIntel\", mmx=1, apic=xapic,"
          + " simd=sse4_2, sse4a=0, misaligned_sse=0, sep=1, movbe=1, adx=0, aes=1, sha=0, xsave=0,"
          + " xsaveopt=0, smep=1, smap=0, x86_64=1, 1g_pages=0, pcid=0, fsgsbase=0, mwait=1, vmx=2";

  /** Bytes of a cylinder: 16 heads, 63 sectors. */
  public static final int CYLINDER = 16 * 63 * 512;

  private static final int BLOCK = 128 << 10;
  private static final String PROGRAM = "bochs-bin";
  private static final int CONTINUES = 200_000;
  private static final Pattern START = Pattern.compile("Next at t=0\n(?:\\(\\d\\) \\[[^\n]*\n)+");
  private static final Pattern STOP =
      Pattern.compile(
          "\\(\\d\\)\\.\\[[^\n]*\n|Next at t=\\d+\n(?:\\(\\d\\) \\[[^\n]*\n)+|<bochs:\\d+> c\n");
  private static final String END = "=".repeat(72) + "\nBochs is exiting";

  private final Path rom;
  private final List<String> options = new ArrayList<>();
  private String cpu = "model=bx_generic";
  private int megabytes = 32;
  private int cores = 1;
  private int images;
  private Path disk;

  /**
   * @param rom a multiple of 64 KiB; its last 16 bytes are run first
   */
  public Bochs(Path rom) {
    this.rom = rom;
  }

  /** Whether this machine has Bochs and the display it is run with. */
  public static boolean isInstalled() {
    try {
      Process p =
          new ProcessBuilder(PROGRAM, "--help", "features").redirectErrorStream(true).start();
      String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean terminal =
          Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so"));
      return p.waitFor(10, TimeUnit.SECONDS) && text.contains("Bochs x86 Emulator 2.7") && terminal;
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The generic processor with these features, in the words of the {@code cpuid} option. */
  public Bochs features(String words) {
    return option("cpuid: " + words);
  }

  /** One of {@code bochs --help cpu}; MSRs that it does not have fault. */
  public Bochs model(String name) {
    cpu = "model=" + name + ", ignore_bad_msrs=0";
    return this;
  }

  /** Number of processors, with APIC IDs from 0; the others than the first wait for SIPI. */
  public Bochs cores(int count) {
    cores = count;
    return this;
  }

  public Bochs memory(int mebibytes) {
    megabytes = mebibytes;
    return this;
  }

  /**
   * Puts a file into RAM before the machine starts; up to four.
   *
   * @param address so that the file lies in one block of 128 KiB, beyond which Bochs puts the rest
   *     elsewhere
   */
  public Bochs ramImage(Path file, long address) throws IOException {
    if (Files.size(file) + address % BLOCK > BLOCK) {
      throw new IllegalArgumentException(
          "%s at %x crosses a multiple of 128 KiB; use a disk".formatted(file, address));
    }
    images++;
    return option("optramimage%d: file=%s, address=0x%x".formatted(images, file, address));
  }

  /**
   * A disk as the master of the first ATA channel (ports 1F0-1F7); the machine may write it.
   *
   * @param cylinders of {@link #CYLINDER} bytes; the file has so many
   */
  public Bochs disk(Path file, int cylinders) {
    disk = file;
    return option("ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14")
        .option(
            "ata0-master: type=disk, path=\"%s\", mode=flat, cylinders=%d, heads=16, spt=63"
                .formatted(file, cylinders));
  }

  /** A line of the configuration file. */
  public Bochs option(String line) {
    options.add(line);
    return this;
  }

  /**
   * What became of a run.
   *
   * @param shutDown whether the ROM ended the machine by port 8900
   * @param port what the ROM wrote to port E9
   * @param log Bochs's own words: errors, and why it ended
   */
  public record Run(boolean shutDown, String port, String log) {}

  /**
   * Runs the machine until it ends or has said nothing for too long.
   *
   * @param directory for the configuration and the log
   * @param seconds without a word on port E9 after which Bochs is ended, for programs that hang
   */
  public Run run(Path directory, int seconds) throws IOException, InterruptedException {
    Path configuration = directory.resolve("bochsrc");
    Path log = directory.resolve("bochs.log");
    Files.writeString(configuration, configuration(log));
    Path first = Files.writeString(directory.resolve("first"), "c\n");
    Path more = Files.writeString(directory.resolve("more"), "c\n".repeat(CONTINUES));
    Path out = directory.resolve("bochs.out");
    if (disk != null) {
      Files.deleteIfExists(disk.resolveSibling(disk.getFileName() + ".lock"));
    }
    ProcessBuilder builder =
        new ProcessBuilder(PROGRAM, "-q", "-f", configuration.toString(), "-rc", first.toString())
            .redirectInput(more.toFile())
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TERM", "vt100");
    Process p = builder.start();
    long said = -1;
    while (!p.waitFor(seconds, TimeUnit.SECONDS)) {
      if (Files.size(out) == said) {
        p.destroyForcibly().waitFor();
      }
      said = Files.size(out);
    }
    String text = Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
    return new Run(
        text.contains("Shutdown port: shutdown requested"),
        spoken(Files.readString(out, StandardCharsets.ISO_8859_1)),
        text);
  }

  private String configuration(Path log) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "config_interface: textconfig",
                "display_library: term",
                "romimage: file=" + rom,
                "megs: " + megabytes,
                "cpu: " + cpu + ", count=" + cores + ", ips=4000000, reset_on_triple_fault=1",
                "pci: enabled=0",
                "sound: driver=dummy",
                "port_e9_hack: enabled=1",
                "log: " + log,
                "panic: action=fatal",
                "error: action=ignore",
                "info: action=ignore",
                "debug: action=ignore"));
    lines.addAll(options);
    return String.join("\n", lines) + "\n";
  }

  /** Port E9's characters stand between what the debugger says at its stops. */
  private static String spoken(String out) {
    Matcher start = START.matcher(out);
    String text = start.find() ? out.substring(start.end()) : "";
    int end = text.indexOf(END);
    return STOP.matcher(end < 0 ? text : text.substring(0, end)).replaceAll("");
  }
}

package io.github.bitterling.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes random C programs with csmith and builds them with gcc, once for the host and once for the
 * bare machine.
 */
final class ForeignPrograms {
  private static final List<String> LEVELS = List.of("-O0", "-O1", "-O2", "-O3 -march=silvermont");

  /** Needs a host with AVX2 and the like. */
  private static final String V3 = "-O3 -march=x86-64-v3";

  private static final String FLAGS =
      "-ffreestanding -nostdlib -static -fno-pic -fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables"
          + " -fcf-protection=none -mno-red-zone -fno-tree-loop-distribute-patterns -w";
  private static final int PROCESS_SECONDS = 60;

  private final Path sources;
  private final Path directory;

  /**
   * One program in one flavour.
   *
   * @param name seed, width and optimization
   * @param image what the bare machine loads
   * @param checksum what the host's run gives
   * @param cpu processor model it is for
   */
  record Program(String name, byte[] image, int checksum, String cpu) {}

  ForeignPrograms(Path sources, Path directory) {
    this.sources = sources;
    this.directory = directory;
  }

  /** Whether csmith and gcc are there. */
  boolean available() {
    try {
      return compiles() && run(List.of("csmith", "--version"), PROCESS_SECONDS) != null;
    } catch (IOException | InterruptedException absent) {
      return false;
    }
  }

  boolean compiles() {
    try {
      return run(List.of("gcc", "--version"), PROCESS_SECONDS) != null;
    } catch (IOException | InterruptedException absent) {
      return false;
    }
  }

  /**
   * The program of a seed, 32 and 64 bit; empty when it does not end on the host within a second.
   */
  List<Program> make(int seed) throws IOException, InterruptedException {
    Path source = directory.resolve("program.c");
    must(
        List.of(
            "csmith",
            "--no-argc",
            "--seed",
            Integer.toString(seed),
            "--output",
            source.toString()));
    List<Program> programs = new ArrayList<>();
    for (int bits : new int[] {32, 64}) {
      String level = LEVELS.get((bits == 32 ? seed : seed + seed / LEVELS.size()) % LEVELS.size());
      add(programs, "seed " + seed, source, bits, level);
      if (avx2() && seed % 2 == bits / 64) {
        add(programs, "seed " + seed, source, bits, V3);
      }
    }
    return programs;
  }

  /** The loops of vectors.c with SSE and, where the host has it, AVX2. */
  List<Program> vectors(int rounds) throws IOException, InterruptedException {
    Path source = sources.resolve("vectors.c");
    List<Program> programs = new ArrayList<>();
    List<String> levels = new ArrayList<>(List.of("-O3 -march=silvermont"));
    if (avx2()) {
      levels.addAll(List.of("-O3 -march=x86-64-v3", "-O3 -march=x86-64-v3 -ffast-math -mno-recip"));
    }
    for (String level : levels) {
      String all = level + " -mfpmath=sse -fno-math-errno -DROUNDS=" + rounds;
      add(programs, "vectors", source, 64, all);
    }
    return programs;
  }

  /** Whether this host runs what gcc makes for x86-64-v3. */
  static boolean avx2() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    String text = Files.isReadable(info) ? Files.readString(info) : "";
    return List.of(" avx2 ", " bmi2 ", " fma ", " f16c ", " abm ", " movbe ").stream()
        .allMatch(flag -> text.contains(flag));
  }

  /** Builds and runs a program natively and adds it, unless it does not end within a second. */
  private void add(List<Program> to, String name, Path source, int bits, String level)
      throws IOException, InterruptedException {
    Integer checksum = build(source, bits, level);
    if (checksum != null) {
      byte[] image = Files.readAllBytes(directory.resolve("guest.bin"));
      String cpu = level.contains("x86-64-v3") ? "x86-64-v3" : "e3845";
      to.add(new Program(name + " -m" + bits + " " + level, image, checksum, cpu));
    }
  }

  /** The same object file goes into both programs. */
  private Integer build(Path source, int bits, String level)
      throws IOException, InterruptedException {
    gcc(bits, level, "-I" + sources, "-c", source.toString(), "-o", at("program.o"));
    Path nativeRuntime = runtime(bits, true);
    gcc(bits, "-O2", at("program.o"), nativeRuntime.toString(), "-o", at("native"));
    Path runtime = runtime(bits, false);
    gcc(
        bits,
        "-O2",
        "-Wl,--build-id=none,-z,noexecstack,-T," + sources.resolve("guest.ld"),
        sources.resolve("start.S").toString(),
        at("program.o"),
        runtime.toString(),
        "-o",
        at("guest.elf"));
    must(List.of("objcopy", "-O", "binary", "-j", ".text", at("guest.elf"), at("guest.bin")));
    byte[] out = run(List.of(at("native")), 1);
    return out == null ? null : ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private Path runtime(int bits, boolean hosted) throws IOException, InterruptedException {
    Path object = directory.resolve((hosted ? "native" : "guest") + bits + ".o");
    if (!Files.exists(object)) {
      gcc(
          bits,
          "-O2",
          hosted ? "-DNATIVE" : "-DGUEST",
          "-I" + sources,
          "-c",
          sources.resolve("runtime.c").toString(),
          "-o",
          object.toString());
    }
    return object;
  }

  private String at(String file) {
    return directory.resolve(file).toString();
  }

  private void gcc(int bits, String level, String... rest)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("gcc", "-m" + bits));
    command.addAll(List.of((FLAGS + " " + level).split(" ")));
    command.addAll(List.of(rest));
    must(command);
  }

  private void must(List<String> command) throws IOException, InterruptedException {
    if (run(command, PROCESS_SECONDS) == null) {
      throw new IOException(
          "failed: "
              + String.join(" ", command)
              + "\n"
              + Files.readString(directory.resolve("messages")));
    }
  }

  /** Standard output of a command that succeeds in time, else null. */
  private byte[] run(List<String> command, int seconds) throws IOException, InterruptedException {
    Path out = directory.resolve("output");
    Process p =
        new ProcessBuilder(command)
            // csmith leaves a file where it runs
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(directory.resolve("messages").toFile())
            .start();
    if (!p.waitFor(seconds, TimeUnit.SECONDS)) {
      p.destroyForcibly().waitFor();
      return null;
    }
    return p.exitValue() == 0 ? Files.readAllBytes(out) : null;
  }
}

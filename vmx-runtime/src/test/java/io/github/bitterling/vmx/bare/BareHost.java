package io.github.bitterling.vmx.bare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The host's processor in a KVM guest, through the program made of bare.c. */
final class BareHost implements BareOracle {
  private final Path directory;
  private final Path program;

  private BareHost(Path directory, Path program) {
    this.directory = directory;
    this.program = program;
  }

  /** Builds the program; null when this machine has no gcc or /dev/kvm does not open. */
  static BareHost build(Path directory) throws IOException, InterruptedException {
    if (!Files.isReadable(Path.of("/dev/kvm")) || !Files.isWritable(Path.of("/dev/kvm"))) {
      return null;
    }
    Path source = directory.resolve("bare.c");
    try (InputStream in = BareHost.class.getResourceAsStream("bare.c")) {
      Files.write(source, in.readAllBytes());
    }
    Path program = directory.resolve("bare");
    try {
      Process gcc =
          new ProcessBuilder("gcc", "-O1", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      if (!gcc.waitFor(60, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
        return null;
      }
    } catch (IOException noCompiler) {
      return null;
    }
    BareHost host = new BareHost(directory, program);
    return host.run(List.of()) == null ? null : host;
  }

  /**
   * Whether KVM runs guests on the processor. Without VMX or SVM (a KVM inside a software-isolated
   * guest) the kernel's instruction emulator runs them, which is no oracle: it pushes 32 bits for
   * INT with an operand-size prefix in real mode, 16 bits for ENTER with one, traps at once after
   * POP SS, leaves accessed bits of code descriptors alone and knows no call gates.
   */
  static boolean onHardware() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("flags"))
        .anyMatch(line -> line.contains(" vmx") || line.contains(" svm"));
  }

  @Override
  public String name() {
    return "KVM";
  }

  /** Null when the program fails at once. */
  @Override
  public List<BareOutcome> run(List<BareCase> cases) throws IOException, InterruptedException {
    Path input = directory.resolve("in");
    Path output = directory.resolve("out");
    ByteBuffer in =
        ByteBuffer.allocate(cases.stream().mapToInt(BareCase::size).sum())
            .order(ByteOrder.LITTLE_ENDIAN);
    cases.forEach(c -> c.write(in));
    Files.write(input, in.array());
    Process p =
        new ProcessBuilder(program.toString())
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .start();
    if (!p.waitFor(30 + cases.size() / 40, TimeUnit.SECONDS)) {
      p.destroyForcibly().waitFor();
    }
    if (p.exitValue() != 0 && cases.isEmpty()) {
      return null;
    }
    ByteBuffer out = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
    List<BareOutcome> outcomes = new ArrayList<>();
    while (out.hasRemaining()) {
      outcomes.add(BareOutcome.read(out));
    }
    return outcomes;
  }
}

package io.github.bitterling.vmx.silicon;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The host's processor, through the program made of silicon.c. */
final class Host {
  private static final int OUT_BYTES =
      8 + 16 * 8 + 24 + 32 * 8 + 8 * 8 + 8 * 2 + 4 * 4 + 16 * 8 + 32 * 8;
  private static final int SIGTRAP = 5;

  private final Path program;

  private Host(Path program) {
    this.program = program;
  }

  /** Builds the program; null when this machine cannot (no gcc, not x86-64 Linux). */
  static Host build(Path directory) throws IOException, InterruptedException {
    if (!System.getProperty("os.arch").equals("amd64")
        || !System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    Path source = directory.resolve("silicon.c");
    try (InputStream in = Host.class.getResourceAsStream("silicon.c")) {
      Files.write(source, in.readAllBytes());
    }
    Path program = directory.resolve("silicon");
    try {
      Process gcc =
          new ProcessBuilder("gcc", "-O1", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      return gcc.waitFor(60, TimeUnit.SECONDS) && gcc.exitValue() == 0 ? new Host(program) : null;
    } catch (IOException noCompiler) {
      return null;
    }
  }

  List<Outcome> run(List<Trial> trials) throws IOException, InterruptedException {
    Path input = Files.createTempFile("silicon", ".in");
    Path output = Files.createTempFile("silicon", ".out");
    try {
      ByteBuffer in =
          ByteBuffer.allocate(trials.size() * Trial.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      trials.forEach(t -> t.write(in));
      Files.write(input, in.array());
      Process p =
          new ProcessBuilder(program.toString())
              .redirectInput(input.toFile())
              .redirectOutput(output.toFile())
              .start();
      if (!p.waitFor(120, TimeUnit.SECONDS) || p.exitValue() != 0) {
        p.destroyForcibly();
        throw new IOException(
            "the host program ended badly after " + Files.size(output) / OUT_BYTES + " trials");
      }
      return parse(
          ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN), trials);
    } finally {
      Files.delete(input);
      Files.delete(output);
    }
  }

  private static List<Outcome> parse(ByteBuffer b, List<Trial> trials) {
    List<Outcome> all = new ArrayList<>();
    while (b.remaining() >= OUT_BYTES) {
      Outcome o = new Outcome();
      int signal = b.getInt();
      int vector = b.getInt();
      o.vector = signal == SIGTRAP ? -1 : vector;
      for (int i = 0; i < 16; i++) {
        o.reg[i] = b.getLong();
      }
      o.rip = b.getLong();
      o.flags = b.getLong();
      o.hash = b.getLong();
      for (int i = 0; i < 32; i++) {
        o.xmm[i] = b.getLong();
      }
      for (int i = 0; i < 8; i++) {
        o.mmx[i] = b.getLong();
      }
      for (int i = 0; i < 8; i++) {
        o.signExponent[i] = b.getShort() & 0xFFFF;
      }
      o.control = b.getInt();
      o.status = b.getInt();
      o.tags = b.getInt();
      o.mxcsr = b.getInt();
      for (int i = 0; i < 16; i++) {
        o.window[i] = b.getLong();
      }
      for (int i = 0; i < 32; i++) {
        o.ymm[i] = b.getLong();
      }
      if (trials.get(all.size()).mode == Trial.CODE16) {
        // A return to a 16-bit stack segment restores SP only.
        o.reg[4] &= 0xFFFF;
      }
      all.add(o);
    }
    return all;
  }
}

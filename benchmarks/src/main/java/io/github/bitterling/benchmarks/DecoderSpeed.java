package io.github.bitterling.benchmarks;

import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Prints what decoding costs, cold and warm: nanoseconds of processor time an instruction.
 * Argument: a file whose bytes are decoded as 64-bit code, from one instruction to the next.
 */
public final class DecoderSpeed {
  private static final int COLD = 10_000;
  private static final int ROUND = 2_000_000;
  private static final int ROUNDS = 10;
  private static final int CODE64 = 2;

  private DecoderSpeed() {}

  public static void main(String[] args) throws IOException {
    byte[] code = Files.readAllBytes(Path.of(args[0]));
    long start = cpu();
    Decoder decoder = new Decoder();
    System.out.printf(Locale.ROOT, "table: %.1f ms%n", (cpu() - start) / 1e6);
    measure("first " + COLD + " instructions", decoder, code, COLD);
    for (int round = 0; round < ROUNDS; round++) {
      measure("round " + round, decoder, code, ROUND);
    }
  }

  private static void measure(String what, Decoder decoder, byte[] code, int count) {
    long start = cpu();
    long bytes = 0;
    int at = 0;
    for (int n = 0; n < count; n++) {
      int from = at;
      Insn i = decoder.decode(p -> from + p < code.length ? code[from + p] & 0xFF : -1, 0, CODE64);
      at += Math.max(1, i.length());
      bytes += i.length();
      if (at >= code.length) {
        at = 0;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %.1f ns an instruction, %.2f bytes each%n",
        what,
        (double) (cpu() - start) / count,
        (double) bytes / count);
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}

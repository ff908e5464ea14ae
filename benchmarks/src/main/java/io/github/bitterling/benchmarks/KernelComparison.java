package io.github.bitterling.benchmarks;

import io.github.bitterling.jit.TranslationStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Prints how the kernels fare natively, in tier 0 and translated. Argument: folder of the built
 * kernels.
 */
public final class KernelComparison {
  private static final int[] ROUNDS = {
    200, 60000, 1600, 1500, 240, 6000, 1_000_000, 12000, 15000, 100_000, 10000
  };

  /** Tier 0 runs a part of the rounds, and its time is multiplied. */
  private static final int TIER0_SHARE = 20;

  private KernelComparison() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Path.of(args[0]);
    System.out.println(
        "kernel     bits  native ms   JIT ms  x native  tier0 ms  tier0/JIT  M instr  JIT MIPS  in regions  regions  entries");
    for (int k = 0; k < ROUNDS.length; k++) {
      if (args.length < 2 || args[1].contains(KernelMachine.kernels().get(k))) {
        for (int bits :
            args.length < 3 ? new int[] {64, 32} : new int[] {Integer.parseInt(args[2])}) {
          compare(folder, k, bits);
        }
      }
    }
  }

  private static void compare(Path folder, int kernel, int bits)
      throws IOException, InterruptedException {
    byte[] image = Files.readAllBytes(folder.resolve("kernels" + bits + ".bin"));
    long[] host = host(folder, kernel, ROUNDS[kernel]);
    TranslationStore store = new TranslationStore();
    KernelMachine.Result best = null;
    for (int i = 0; i < 5; i++) {
      KernelMachine.Result r = run(image, KernelMachine.Engine.JIT, store, kernel, ROUNDS[kernel]);
      check(host, r.checksum(), "JIT", kernel, bits);
      best = best == null || r.seconds() < best.seconds() ? r : best;
    }
    int few = Math.max(ROUNDS[kernel] / TIER0_SHARE, 1);
    KernelMachine.Result slow = run(image, KernelMachine.Engine.TIER0, store, kernel, few);
    check(host(folder, kernel, few), slow.checksum(), "tier 0", kernel, bits);
    double slowSeconds = slow.seconds() * ROUNDS[kernel] / few;
    double nativeMs = host[1] / 1e6;
    double jitMs = best.seconds() * 1e3;
    System.out.printf(
        Locale.ROOT,
        "%-10s %4d %10.2f %8.1f %9.2f %9.1f %10.1f %8.1f %9.0f %10.1f%% %8d %8d%n",
        KernelMachine.kernels().get(kernel),
        bits,
        nativeMs,
        jitMs,
        jitMs / nativeMs,
        slowSeconds * 1e3,
        slowSeconds / best.seconds(),
        best.instructions() / 1e6,
        best.instructions() / best.seconds() / 1e6,
        100.0 * best.inRegions() / best.instructions(),
        best.regions(),
        best.entries());
  }

  private static KernelMachine.Result run(
      byte[] image, KernelMachine.Engine engine, TranslationStore store, int kernel, int rounds) {
    try (KernelMachine machine = new KernelMachine(image, engine, store)) {
      return machine.run(kernel, rounds, 20_000_000_000L);
    }
  }

  private static void check(long[] host, int got, String engine, int kernel, int bits) {
    if ((int) host[0] != got) {
      throw new IllegalStateException(
          String.format(
              "kernel %s, %d bits, %s: expected checksum %08x as natively, found %08x",
              KernelMachine.kernels().get(kernel), bits, engine, (int) host[0], got));
    }
  }

  /** Checksum and nanoseconds of the native build. */
  static long[] host(Path folder, int kernel, int rounds) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    folder.resolve("native").toString(),
                    Integer.toString(kernel),
                    Integer.toString(rounds)))
            .start();
    String[] words = new String(process.getInputStream().readAllBytes()).trim().split(" ");
    if (process.waitFor() != 0 || words.length != 2) {
      throw new IOException("the native kernels failed; build them with make in src/main/c");
    }
    return new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])};
  }
}

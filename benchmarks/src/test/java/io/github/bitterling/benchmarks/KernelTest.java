package io.github.bitterling.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.TranslationStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bare-metal kernels give the host's results on every engine, and their hot loops run
 * translated.
 */
class KernelTest {
  private static final Path FOLDER = Path.of("target", "classes", "kernels");
  private static final long LIMIT = 400_000_000L;
  private static final int[] ROUNDS = {6, 8000, 240, 30, 10, 80, 30000, 100, 400, 800, 500};

  private static byte[] image(int bits) throws IOException {
    return Files.readAllBytes(FOLDER.resolve("kernels" + bits + ".bin"));
  }

  private static KernelMachine.Result run(
      int kernel, int bits, KernelMachine.Engine engine, TranslationStore store)
      throws IOException {
    try (KernelMachine machine = new KernelMachine(image(bits), engine, store)) {
      return machine.run(kernel, ROUNDS[kernel], LIMIT);
    }
  }

  static List<Arguments> kernels() {
    return IntStream.range(0, ROUNDS.length)
        .boxed()
        .flatMap(k -> Stream.of(Arguments.of(k, 64), Arguments.of(k, 32)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyEngineAgrees(int kernel, int bits) throws IOException, InterruptedException {
    int expected = (int) KernelComparison.host(FOLDER, kernel, ROUNDS[kernel])[0];
    TranslationStore store = new TranslationStore();
    KernelMachine.Result slow = run(kernel, bits, KernelMachine.Engine.TIER0, store);
    KernelMachine.Result jit = run(kernel, bits, KernelMachine.Engine.JIT, store);
    KernelMachine.Result forced = run(kernel, bits, KernelMachine.Engine.JIT_FORCED, store);
    assertEquals(expected, slow.checksum(), "tier 0");
    assertEquals(expected, jit.checksum(), "translated");
    assertEquals(expected, forced.checksum(), "translated from the first execution");
    assertEquals(slow.instructions(), jit.instructions(), "instructions, translated");
    assertEquals(slow.instructions(), forced.instructions(), "instructions, forced");
    assertEquals(0, slow.inRegions());
    // The loop was cold until RegionJit.DEFAULT_THRESHOLD; everything after that must have been in
    // a class.
    assertTrue(
        jit.inRegions() > jit.instructions() * 9 / 10,
        () -> "only " + jit.inRegions() + " of " + jit.instructions() + " ran in compiled regions");
    assertTrue(forced.inRegions() > forced.instructions() * 9 / 10);
  }
}

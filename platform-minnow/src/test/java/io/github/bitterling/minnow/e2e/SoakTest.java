package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.cli.StartFiles;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.Outcome;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same Linux boot over and over in one JVM: Maven profile {@code soak}. The system property
 * {@code soak.boots} says how often; growth is looked for from eight boots on. One line a boot goes
 * to {@code target/soak.csv}.
 */
@Tag("soak")
class SoakTest {
  private static final int BOOTS = Integer.getInteger("soak.boots", 100);

  /** With fewer boots a quarter of them is the first one or two, which only warm up. */
  private static final int LEAST_FOR_GROWTH = 8;

  private static final Path LOG = Path.of("target/soak.csv");

  /** What may be more at the end than after the warm-up, for what the JVM itself does meanwhile. */
  private static final double TOLERANCE = 1.05;

  /** Bytes in use after a boot and a collection, and classes. */
  private record Use(long heap, long metaspace, long codeCache, long classes) {
    static Use now() {
      System.gc();
      return new Use(
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          pools(name -> name.equals("Metaspace")),
          pools(name -> name.startsWith("Code")),
          ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    }

    private static long pools(Predicate<String> wanted) {
      return ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> wanted.test(pool.getName()))
          .map(MemoryPoolMXBean::getUsage)
          .mapToLong(MemoryUsage::getUsed)
          .sum();
    }
  }

  /** Read once: the cache's RAM disk may be made anew meanwhile. */
  private static byte[] files() {
    Path files = Script.LINUX.run();
    return StartFiles.of(
        files.resolve("vmlinuz"), Optional.of(files.resolve("initrd.gz")), "console=ttyS0");
  }

  private static Run boot(byte[] start) {
    Run run =
        Run.of(new Setup(DefaultFlash.loader(false).bytes(), List.of(), Optional.of(start)))
            .cpus(1)
            .guestNanoseconds(30_000_000_000L)
            .run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("INIT: failures 0"), run.story());
    return run;
  }

  private static void log(String line) throws IOException {
    Files.writeString(LOG, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** The median of the third quarter of the boots is the mark, the last quarter's is held to it. */
  private static void assertNoGrowth(String what, List<Use> uses, ToLongFunction<Use> part) {
    int quarter = uses.size() / 4;
    long mark = median(uses.subList(2 * quarter, 3 * quarter), part);
    long end = median(uses.subList(3 * quarter, uses.size()), part);
    assertTrue(end <= mark * TOLERANCE, what + " grew from " + mark + " to " + end + ": " + uses);
  }

  private static long median(List<Use> uses, ToLongFunction<Use> part) {
    return uses.stream().mapToLong(part).sorted().toArray()[uses.size() / 2];
  }

  @Test
  void eachBootIsTheSameAndLeavesNothingBehind() throws IOException {
    byte[] files = files();
    List<Use> uses = new ArrayList<>();
    Files.deleteIfExists(LOG);
    log("boot,instructions,wall seconds,heap,metaspace,code cache,classes");
    long instructions = 0;
    for (int i = 0; i < BOOTS; i++) {
      long begin = System.nanoTime();
      Run run = boot(files);
      Use use = Use.now();
      uses.add(use);
      long found = run.result().guestInstructions();
      log(
          "%d,%d,%.1f,%d,%d,%d,%d"
              .formatted(
                  i,
                  found,
                  (System.nanoTime() - begin) / 1e9,
                  use.heap,
                  use.metaspace,
                  use.codeCache,
                  use.classes));
      instructions = i == 0 ? found : instructions;
      assertEquals(instructions, found, "boot " + i);
    }
    if (uses.size() >= LEAST_FOR_GROWTH) {
      assertNoGrowth("heap", uses, Use::heap);
      assertNoGrowth("metaspace", uses, Use::metaspace);
      assertNoGrowth("code cache", uses, Use::codeCache);
      assertNoGrowth("number of classes", uses, Use::classes);
    }
  }
}

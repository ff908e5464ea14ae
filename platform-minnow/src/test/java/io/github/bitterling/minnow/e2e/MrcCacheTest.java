package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.FlashLayout;
import io.github.bitterling.minnow.dram.BoardSkew;
import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What training found is in the flash for the next boot, and is not believed blindly. */
class MrcCacheTest {
  private static final int CACHE = FlashLayout.MRC_CACHE_BASE;
  private static final String FROM_CACHE = "fw: memory DDR3-1333 as in the mrc cache";
  private static final String WRITTEN = "fw: mrc cache: written";

  private static byte[] image() {
    return FlashImageBuilder.withDefaults().build().bytes();
  }

  private static Run boot(byte[] flash, BoardSkew board, String cpu) {
    Run run = plan(flash, board).cpu(cpu).run();
    assertEquals(Outcome.UNTIL_TEXT, run.outcome(), run.story());
    return run;
  }

  private static Run.Plan plan(byte[] flash, BoardSkew board) {
    return Run.of(Setup.flashOnly(flash))
        .cpus(1)
        .dram(new DramSetup(board, true))
        .until("MiB above");
  }

  private static Run boot(byte[] flash) {
    return boot(flash, BoardSkew.TURBOT, "e3845");
  }

  private static void assertSays(Run run, String line) {
    assertTrue(run.lines().contains(line), run.serial());
  }

  @Test
  void theSecondBootIsShorter() {
    Run first = boot(image());
    assertSays(first, "fw: mrc cache: empty");
    assertSays(first, WRITTEN);
    Run second = boot(first.result().flash());
    assertSays(second, FROM_CACHE);
    assertTrue(
        second.result().guestInstructions() < first.result().guestInstructions() / 2,
        first.result().guestInstructions() + " then " + second.result().guestInstructions());
    assertArrayEquals(first.result().flash(), second.result().flash());
  }

  /** Magic, version, size, speed, a delay, the checksum. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4, 6, 8, 0x14, 0x70})
  void aDamagedRecordIsNotUsed(int at) {
    byte[] good = boot(image()).result().flash();
    byte[] damaged = good.clone();
    damaged[CACHE + at] ^= 4;
    Run run = boot(damaged);
    assertSays(run, "fw: mrc cache: damaged");
    assertSays(run, WRITTEN);
    assertArrayEquals(good, run.result().flash());
  }

  @Test
  void anotherBoardsDelaysAreTriedAndDropped() {
    byte[] one = boot(image()).result().flash();
    Run run = boot(one, BoardSkew.random(4), "e3845");
    assertSays(run, "fw: mrc cache: does not fit this memory");
    assertSays(boot(run.result().flash(), BoardSkew.random(4), "e3845"), FROM_CACHE);
  }

  @Test
  void anotherSpeedIsTrainedAnew() {
    byte[] fast = boot(image()).result().flash();
    Run run = boot(fast, BoardSkew.TURBOT, "e3825");
    assertSays(run, "fw: mrc cache: of another speed or processor");
    assertSays(run, "fw: memory DDR3-1066 trained, lanes 0 to 7 and ECC:");
  }

  @Test
  void anImageWithoutTheAreaIsLeftAlone() {
    byte[] flash = image();
    String map =
        new String(
            flash, FlashLayout.FMAP_BASE, FlashLayout.FMAP_SIZE, StandardCharsets.ISO_8859_1);
    flash[FlashLayout.FMAP_BASE + map.indexOf("RW_MRC_CACHE")] = 'X';
    Run run = boot(flash);
    assertSays(run, "fw: mrc cache: no RW_MRC_CACHE in the flash map");
    assertArrayEquals(flash, run.result().flash());
  }

  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void isTheSameOnEveryEngine(EngineKind engine) {
    byte[] flash = boot(image()).result().flash();
    Run expected = plan(flash, BoardSkew.TURBOT).run();
    Run found = plan(flash, BoardSkew.TURBOT).engine(engine).run();
    assertEquals(expected.serial(), found.serial());
    assertEquals(expected.result().guestInstructions(), found.result().guestInstructions());
    assertEquals(expected.result().registers(), found.result().registers());
  }
}

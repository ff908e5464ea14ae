package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashLayout;
import io.github.bitterling.minnow.e2e.GuestProgram.Place;
import io.github.bitterling.minnow.machine.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The guest erases and programs a sector through the SPI controller, and reads it back through the
 * map.
 */
class FlashProgrammingTest {
  private static final int SECTOR = 0x20_0000;

  @ParameterizedTest
  @EnumSource(names = {"BOARD", "VM"})
  void sectorIsProgrammed(Place place) {
    Setup setup = GuestProgram.at(place, "PROGRAM_FLASH");
    Arrays.fill(setup.flash(), SECTOR, SECTOR + 0x1000, (byte) 0);
    byte[] before = setup.flash().clone();
    Run run = Run.of(setup).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("healthy"), run.serial());
    assertArrayEquals(before, setup.flash(), "the given image stays as it was");
    byte[] expected = before.clone();
    Arrays.fill(expected, SECTOR, SECTOR + 0x1000, (byte) 0xFF);
    byte[] text = "healthy\n".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, expected, SECTOR + 0x20, text.length);
    byte[] found = run.result().flash();
    if (place == Place.VM) { // the firmware stores what training found
      int cache = FlashLayout.MRC_CACHE_BASE;
      System.arraycopy(found, cache, expected, cache, 0x1000);
    }
    assertArrayEquals(expected, found);
  }
}

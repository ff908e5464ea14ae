package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images that are nothing, or nearly something: they run as the board would run them, never into an
 * error of ours.
 */
class NoiseTest {
  private static final int FLASH = 8 << 20;
  private static final int MAPPED_TOP = 1 << 16;

  /** Where the hypervisor's file has its code; no header is changed. */
  private static final int ELF_CODE = 0x1000;

  private static final int ELF_CODE_SIZE = 0x6000;
  private static final long GUEST_TIME = 5_000_000;

  private static void assertRuns(String what, byte[] flash, long nanoseconds) {
    Run run = Run.of(Setup.flashOnly(flash)).guestNanoseconds(nanoseconds).memoryMib(64).run();
    assertNotEquals(Outcome.INTERNAL_ERROR, run.outcome(), what + ": " + run.story());
    if (run.outcome() == Outcome.UNIMPLEMENTED_INSTRUCTION) {
      assertTrue(run.result().detail().contains("opcode "), what + ": " + run.result().detail());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noise(long seed) {
    byte[] flash = new byte[FLASH];
    new Random(seed).nextBytes(flash);
    assertRuns("seed " + seed, flash, GUEST_TIME);
  }

  /** Noise that is sure to be executed in 32-bit mode, with another noise each time. */
  @Test
  void noiseBehindAWorkingStart() {
    for (long seed = 100; seed < 132; seed++) {
      byte[] flash = GuestProgram.onBoard(GuestProgram.boardProgram("POWER_OFF"));
      Random random = new Random(seed);
      int start = GuestProgram.FLAT_CODE;
      byte[] noise = new byte[0x600 - start];
      random.nextBytes(noise);
      System.arraycopy(noise, 0, flash, FLASH - 0x1000 + start, noise.length);
      assertRuns("seed " + seed, flash, GUEST_TIME);
    }
  }

  /** Bytes of the firmware changed at random, most of them in what runs first. */
  @Test
  void mutatedFirmware() {
    byte[] good = FlashImageBuilder.withDefaults().build().bytes();
    for (long seed = 0; seed < 12; seed++) {
      byte[] flash = good.clone();
      Random random = new Random(seed);
      for (int i = 0; i < 12; i++) {
        flash[FLASH - 1 - random.nextInt(1 << 13)] = (byte) random.nextInt();
        flash[FLASH - 1 - random.nextInt(1 << 20)] = (byte) random.nextInt();
      }
      assertRuns("seed " + seed, flash, 4 * GUEST_TIME);
    }
  }

  /** Bits of the hypervisor's code flipped before it was packed, so that no checksum stops it. */
  @Test
  void mutatedHypervisor() {
    byte[] good = FlashImageBuilder.resource("hypervisor.elf");
    byte[] payload = GuestProgram.payload("POWER_OFF");
    for (long seed = 0; seed < 8; seed++) {
      byte[] elf = good.clone();
      Random random = new Random(seed);
      for (int i = 0; i <= random.nextInt(8); i++) {
        elf[ELF_CODE + random.nextInt(ELF_CODE_SIZE)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] flash =
          FlashImageBuilder.withDefaults().payload(elf).realPayload(payload).build().bytes();
      assertRuns("seed " + seed, flash, 60_000_000);
    }
  }

  /** Both engines agree on nonsense too. */
  @Test
  void noiseInLockstep() {
    for (long seed = 200; seed < 208; seed++) {
      byte[] flash = new byte[FLASH];
      byte[] top = new byte[MAPPED_TOP];
      new Random(seed).nextBytes(top);
      System.arraycopy(top, 0, flash, FLASH - MAPPED_TOP, MAPPED_TOP);
      Run jit = Run.of(Setup.flashOnly(flash)).guestNanoseconds(GUEST_TIME).memoryMib(64).run();
      Run both =
          Run.of(Setup.flashOnly(flash))
              .guestNanoseconds(GUEST_TIME)
              .memoryMib(64)
              .engine(EngineKind.LOCKSTEP)
              .run();
      assertEquals(jit.outcome(), both.outcome(), "seed " + seed + ": " + both.story());
      assertEquals(
          jit.result().guestInstructions(), both.result().guestInstructions(), "seed " + seed);
    }
  }
}

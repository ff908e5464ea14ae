package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.FlashImageException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random damage is either harmless or ends in the library's own exception, never in another. */
class MutationFuzzTest {
  private static final int ROUNDS = 300;
  private static final long SEED = 0x5EED;

  private final byte[] good = small().bytes();

  /** As the sample image, with short files, so that each round is quick. */
  private static FlashImage small() {
    return SampleImage.builder().file("long.txt", SampleImage.text(3000), Compression.LZ4).build();
  }

  @Test
  void damagedImagesNeverEndInAnotherException() {
    int faults = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long seed = SEED + round;
      byte[] bytes = good.clone();
      damage(bytes, new Random(seed));
      try {
        faults += explore(FlashImage.of(bytes));
      } catch (RuntimeException | Error e) {
        fail("seed " + Long.toHexString(seed), e);
      }
    }
    assertTrue(faults > ROUNDS / 4, "the damage was noticed in only " + faults + " places");
  }

  /**
   * Damage where structure is: descriptor, flash map, file headers, first bytes of data, the last
   * bytes.
   */
  private void damage(byte[] bytes, Random random) {
    int[] starts = {
      0, FlashLayout.FMAP_BASE, FlashLayout.CBFS_BASE, bytes.length - 0x1100, bytes.length - 64
    };
    int count = 1 + random.nextInt(8);
    for (int i = 0; i < count; i++) {
      int start =
          random.nextInt(3) == 0 ? fileStart(random) : starts[random.nextInt(starts.length)];
      int at = Math.min(bytes.length - 4, start + random.nextInt(320));
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> Arrays.fill(bytes, at, at + 4, (byte) 0xFF);
        default -> System.arraycopy(good, random.nextInt(good.length - 4), bytes, at, 4);
      }
    }
  }

  private int fileStart(Random random) {
    var files = FlashImage.of(good).cbfs().files();
    return FlashLayout.CBFS_BASE + files.get(random.nextInt(files.size())).offset();
  }

  /** Number of places where the image's damage was noticed. */
  private static int explore(FlashImage image) {
    int faults = image.verify().size();
    assertTrue(image.info().length() > 100);
    assertTrue(image.infoJson().length() > 100);
    try {
      for (CbfsFile file : image.cbfs().files()) {
        faults += tryExport(file);
      }
    } catch (FlashImageException e) {
      faults++;
    }
    return faults;
  }

  private static int tryExport(CbfsFile file) {
    try {
      return file.export().length < 0 ? 1 : 0;
    } catch (FlashImageException e) {
      return 1;
    }
  }
}

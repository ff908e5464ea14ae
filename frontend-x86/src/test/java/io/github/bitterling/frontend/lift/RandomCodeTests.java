package io.github.bitterling.frontend.lift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrText;
import io.github.bitterling.ir.IrVerifier;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes, the lifted block verifies, prints and parses. */
class RandomCodeTests {
  private final IrVerifier verifier = Modes.verifier();

  @ParameterizedTest
  @ValueSource(
      ints = {
        Modes.REAL,
        Modes.FLAT32,
        Modes.SEGMENTED32,
        Modes.LONG64,
        Modes.LONG64_NO_FPU,
        Modes.VIRTUAL86
      })
  void everyBlockVerifies(int mode) {
    X86Lifter lifter = new X86Lifter();
    Random random = new Random(mode);
    byte[] b = new byte[64];
    for (int n = 0; n < 30_000; n++) {
      random.nextBytes(b);
      if (n % 3 == 0) {
        b[0] = 0x0F;
      } else if (n % 3 == 1) {
        // VEX with a map that exists; vvvv is often not used
        b[0] = (byte) 0xC4;
        b[1] = (byte) (0xE0 | 1 + random.nextInt(3));
        b[2] |= (byte) (random.nextBoolean() ? 0x78 : 0x40);
      }
      int available = n % 5 == 0 ? random.nextInt(12) : b.length;
      IrBlock block = lifter.lift(p -> p < available ? b[p] & 0xFF : -1, 0xFFF0, mode, 1 + n % 20);
      if (block == null) {
        assertTrue(available < 15, "null only when bytes are missing");
        continue;
      }
      assertEquals(List.of(), verifier.check(block), () -> HexFormat.of().formatHex(b));
      if (n % 20 == 0) {
        String text = IrText.print(block);
        assertEquals(text, IrText.print(IrText.parse(text)));
      }
    }
  }
}

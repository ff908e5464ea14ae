package io.github.bitterling.vmx.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Width;
import org.junit.jupiter.api.Test;

/** Every 8-bit case of every kind against flags computed bit by bit. */
class LazyFlagsTests {
  private static long flags(boolean cf, boolean af, boolean of, long r) {
    long pf = (Long.bitCount(r & 0xFF) & 1) == 0 ? LazyFlags.PF : 0;
    return (cf ? 1 : 0)
        | pf
        | (af ? LazyFlags.AF : 0)
        | (r == 0 ? LazyFlags.ZF : 0)
        | ((r & 0x80) != 0 ? LazyFlags.SF : 0)
        | (of ? LazyFlags.OF : 0);
  }

  private static void check(FlagKind kind, long a, long b, long r, long expected) {
    int state = LazyFlags.state(kind.ordinal(), Width.W8);
    assertEquals(
        expected, LazyFlags.status(state, a, b, r), () -> kind + " " + a + " " + b + " " + r);
  }

  @Test
  void additionWithAndWithoutCarry() {
    for (int a = 0; a < 256; a++) {
      for (int b = 0; b < 256; b++) {
        for (int c = 0; c < 2; c++) {
          int r = a + b + c & 0xFF;
          int signed = (byte) a + (byte) b + c;
          long expected =
              flags(a + b + c > 255, (a & 15) + (b & 15) + c > 15, signed != (byte) signed, r);
          check(FlagKind.ADC, a, b, r, expected);
          if (c == 0) {
            check(FlagKind.ADD, a, b, r, expected);
          }
        }
      }
    }
  }

  @Test
  void subtractionWithAndWithoutBorrow() {
    for (int a = 0; a < 256; a++) {
      for (int b = 0; b < 256; b++) {
        for (int c = 0; c < 2; c++) {
          int r = a - b - c & 0xFF;
          int signed = (byte) a - (byte) b - c;
          long expected = flags(a < b + c, (a & 15) < (b & 15) + c, signed != (byte) signed, r);
          check(FlagKind.SBB, a, b, r, expected);
          if (c == 0) {
            check(FlagKind.SUB, a, b, r, expected);
          }
        }
      }
    }
  }

  @Test
  void incrementAndDecrementKeepCarry() {
    for (int a = 0; a < 256; a++) {
      for (int c = 0; c < 2; c++) {
        int up = a + 1 & 0xFF;
        check(FlagKind.INC, a, c, up, flags(c == 1, (a & 15) == 15, a == 127, up));
        int down = a - 1 & 0xFF;
        check(FlagKind.DEC, a, c, down, flags(c == 1, (a & 15) == 0, a == 128, down));
      }
    }
  }

  @Test
  void shiftsGiveTheLastBitOut() {
    for (int a = 0; a < 256; a++) {
      for (int n = 1; n <= 8; n++) {
        int left = n < 8 ? a << n & 0xFF : 0;
        boolean out = (a >> 8 - n & 1) != 0;
        check(FlagKind.SHL, a, n, left, flags(out, false, (left & 0x80) != 0 != out, left));
        int right = a >> n;
        boolean low = (a >> n - 1 & 1) != 0;
        check(FlagKind.SHR, a, n, right, flags(low, false, (a & 0x80) != 0, right));
        int arithmetic = (byte) a >> n & 0xFF;
        boolean lowSigned = ((byte) a >> n - 1 & 1) != 0;
        check(FlagKind.SAR, a, n, arithmetic, flags(lowSigned, false, false, arithmetic));
      }
    }
  }

  @Test
  void logicExplicitAndResultKinds() {
    for (int r = 0; r < 256; r++) {
      check(FlagKind.LOGIC, 3, 5, r, flags(false, false, false, r));
      long given = LazyFlags.CF | LazyFlags.OF;
      check(FlagKind.RESULT, 0, given, r, flags(true, false, true, r));
    }
    check(FlagKind.EXPLICIT, 0, 0, LazyFlags.STATUS, LazyFlags.STATUS);
    check(FlagKind.EXPLICIT, 0, 0, 0, 0);
  }

  @Test
  void conditionsFollowTheStatusBits() {
    for (int bits = 0; bits < 64; bits++) {
      boolean cf = (bits & 1) != 0;
      boolean pf = (bits & 2) != 0;
      boolean zf = (bits & 4) != 0;
      boolean sf = (bits & 8) != 0;
      boolean of = (bits & 16) != 0;
      long image =
          (cf ? LazyFlags.CF : 0)
              | (pf ? LazyFlags.PF : 0)
              | (zf ? LazyFlags.ZF : 0)
              | (sf ? LazyFlags.SF : 0)
              | (of ? LazyFlags.OF : 0);
      boolean[] expected = {of, cf, zf, cf || zf, sf, pf, sf != of, zf || sf != of};
      for (int cc = 0; cc < 16; cc++) {
        boolean want = expected[cc >> 1] ^ (cc & 1) != 0;
        assertEquals(want, LazyFlags.condition(cc, LazyFlags.EXPLICIT, 0, 0, image));
      }
    }
  }
}

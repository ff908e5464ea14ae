package io.github.bitterling.vmx.cpu;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Width;

/**
 * Status flags computed from how they came about. {@code state} is {@code kind << 2 | width}; a, b
 * and r are the operands of the FLAGS row. Used by the interpreter, by compiled regions for the
 * cases they do not resolve at translation time, and by every helper that looks at EFLAGS.
 */
public final class LazyFlags {
  public static final int CF = 1;
  public static final int PF = 1 << 2;
  public static final int AF = 1 << 4;
  public static final int ZF = 1 << 6;
  public static final int SF = 1 << 7;
  public static final int OF = 1 << 11;

  /** All six. */
  public static final int STATUS = CF | PF | AF | ZF | SF | OF;

  /** State of explicitly known flags. */
  public static final int EXPLICIT = 0;

  public static final int ADD = FlagKind.ADD.ordinal();
  private static final int ADC = FlagKind.ADC.ordinal();
  public static final int SUB = FlagKind.SUB.ordinal();
  private static final int SBB = FlagKind.SBB.ordinal();
  public static final int LOGIC = FlagKind.LOGIC.ordinal();
  public static final int INC = FlagKind.INC.ordinal();
  public static final int DEC = FlagKind.DEC.ordinal();
  private static final int SHL = FlagKind.SHL.ordinal();
  private static final int SHR = FlagKind.SHR.ordinal();
  private static final int SAR = FlagKind.SAR.ordinal();

  private LazyFlags() {}

  /** Packs kind and width index. */
  public static int state(int kind, int width) {
    return kind << 2 | width;
  }

  public static boolean carry(int state, long a, long b, long r) {
    int w = state & 3;
    int kind = state >> 2;
    if (kind == SUB) {
      return Long.compareUnsigned(a, b) < 0;
    }
    if (kind == LOGIC) {
      return false;
    }
    if (kind == ADD) {
      return Long.compareUnsigned(r, a) < 0;
    }
    return carryRare(kind, w, a, b, r);
  }

  private static boolean carryRare(int kind, int w, long a, long b, long r) {
    int top = Width.bits(w) - 1;
    if (kind == ADC) {
      return ((a & b | (a | b) & ~r) >>> top & 1) != 0;
    }
    if (kind == SBB) {
      return ((~a & b | (~a | b) & r) >>> top & 1) != 0;
    }
    if (kind == INC || kind == DEC) {
      return b != 0;
    }
    if (kind == SHL) {
      return b <= top + 1 && (a >>> top + 1 - b & 1) != 0;
    }
    if (kind == SHR) {
      return (a >>> b - 1 & 1) != 0;
    }
    if (kind == SAR) {
      return (Width.signExtend(w, a) >> b - 1 & 1) != 0;
    }
    return ((kind == 0 ? r : b) & CF) != 0;
  }

  public static boolean zero(int state, long r) {
    return state >> 2 == 0 ? (r & ZF) != 0 : r == 0;
  }

  public static boolean sign(int state, long r) {
    return state >> 2 == 0 ? (r & SF) != 0 : (r & Width.sign(state & 3)) != 0;
  }

  public static boolean parity(int state, long r) {
    return state >> 2 == 0 ? (r & PF) != 0 : (Integer.bitCount((int) r & 0xFF) & 1) == 0;
  }

  public static boolean overflow(int state, long a, long b, long r) {
    int kind = state >> 2;
    long sign = Width.sign(state & 3);
    if (kind == SUB || kind == SBB) {
      return ((a ^ b) & (a ^ r) & sign) != 0;
    }
    if (kind == ADD || kind == ADC) {
      return ((a ^ r) & (b ^ r) & sign) != 0;
    }
    return overflowRare(kind, sign, a, b, r);
  }

  private static boolean overflowRare(int kind, long sign, long a, long b, long r) {
    if (kind == LOGIC || kind == SAR) {
      return false;
    }
    if (kind == INC) {
      return r == sign;
    }
    if (kind == DEC) {
      return r == sign - 1;
    }
    if (kind == SHL) {
      return (r & sign) != 0 != carryRare(kind, widthOf(sign), a, b, r);
    }
    if (kind == SHR) {
      return (a & sign) != 0;
    }
    return ((kind == 0 ? r : b) & OF) != 0;
  }

  private static int widthOf(long sign) {
    return 31 - Integer.numberOfLeadingZeros(Long.numberOfTrailingZeros(sign) + 1) - 3;
  }

  public static boolean adjust(int state, long a, long b, long r) {
    int kind = state >> 2;
    if (kind >= ADD && kind <= SBB) {
      return ((a ^ b ^ r) & 0x10) != 0;
    }
    if (kind == INC) {
      return (r & 0xF) == 0;
    }
    if (kind == DEC) {
      return (r & 0xF) == 0xF;
    }
    if (kind >= LOGIC && kind <= SAR) {
      return false;
    }
    return ((kind == 0 ? r : b) & AF) != 0;
  }

  /** The six flags at their EFLAGS places. */
  public static long status(int state, long a, long b, long r) {
    if (state >> 2 == 0) {
      return r & STATUS;
    }
    return (carry(state, a, b, r) ? CF : 0)
        | (parity(state, r) ? PF : 0)
        | (adjust(state, a, b, r) ? AF : 0)
        | (zero(state, r) ? ZF : 0)
        | (sign(state, r) ? SF : 0)
        | (overflow(state, a, b, r) ? OF : 0);
  }

  /** Condition numbered as in the low four bits of Jcc. */
  public static boolean condition(int cc, int state, long a, long b, long r) {
    boolean value =
        switch (cc >> 1) {
          case 0 -> overflow(state, a, b, r);
          case 1 -> carry(state, a, b, r);
          case 2 -> zero(state, r);
          case 3 -> carry(state, a, b, r) || zero(state, r);
          case 4 -> sign(state, r);
          case 5 -> parity(state, r);
          case 6 -> sign(state, r) != overflow(state, a, b, r);
          default -> zero(state, r) || sign(state, r) != overflow(state, a, b, r);
        };
    return value ^ (cc & 1) != 0;
  }
}

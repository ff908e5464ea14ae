package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.ModeKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One instruction, or a short sequence, with the state before it; the same layout as struct in of
 * silicon.c.
 */
final class Trial {
  static final long CODE = 0x20000000L;
  static final long DATA = 0x10000000L;
  static final int CODE_BYTES = 64;
  private static final int INTEGER_BYTES = CODE_BYTES + 8 + 16 * 8 + 16 + 32 * 8 + 8 * 8 + 8;
  private static final int SSE_BYTES = INTEGER_BYTES + 8 * 2 + 4 * 4 + 3 * 8;
  static final int BYTES = SSE_BYTES + 2 * 8 + 32 * 8;
  private static final int COMMON =
      ModeKey.PROTECTED | ModeKey.USER | ModeKey.FPU | ModeKey.SSE | ModeKey.AVX | ModeKey.LONG;

  byte[] code;

  /** One of the four below. */
  int mode;

  static final int LONG = 0;
  static final int FLAT = 1;
  static final int CODE16 = 2;

  /** 32-bit code whose data segments are the data page. */
  static final int SEGMENTED = 3;

  final long[] reg = new long[16];
  final long[] xmm = new long[32];

  /** Bits 255:128 of the YMM registers. */
  final long[] ymm = new long[32];

  final long[] mmx = new long[8];

  /** Instructions to run at most, or {@link #TO_THE_END}. */
  int steps = 1;

  /**
   * One instruction with a REP prefix that counts: the processor's trap flag would stop it after
   * each element, so it runs to the INT3 behind it.
   */
  static final int TO_THE_END = 0;

  long flags;
  long seed;

  // Floating point; mmx[i] is the significand of ST(i)
  final int[] signExponent = {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
  int control = 0x37F;
  int status;

  /** By physical register, as FXSAVE has it. */
  int tags = 0xFF;

  int mxcsr = 0x1F80;

  /** Four words of the data page that are not random: offset, or -1, and content. */
  int operandAt = -1;

  final long[] operand = new long[4];

  int modeKey() {
    return COMMON
        | switch (mode) {
          case LONG -> ModeKey.CODE64;
          case FLAT -> ModeKey.CODE32 | ModeKey.STACK32 | ModeKey.FLAT;
          case CODE16 -> ModeKey.CODE16 | ModeKey.CODE_64K;
          default -> ModeKey.CODE32 | ModeKey.STACK32;
        };
  }

  boolean code64() {
    return mode == LONG;
  }

  /** Data segments start at the data page and end with it. */
  boolean segmented() {
    return mode >= CODE16;
  }

  /** Offset of the instruction in CS. */
  long ip() {
    return mode == CODE16 ? 0 : CODE;
  }

  /** What to add to an offset in a data segment. */
  long dataBase() {
    return segmented() ? DATA : 0;
  }

  void write(ByteBuffer to) {
    byte[] padded = new byte[CODE_BYTES];
    System.arraycopy(code, 0, padded, 0, code.length);
    to.put(padded).putInt(code.length).putInt(mode);
    for (long r : reg) {
      to.putLong(r);
    }
    to.putLong(flags).putLong(seed);
    for (long x : xmm) {
      to.putLong(x);
    }
    for (long m : mmx) {
      to.putLong(m);
    }
    to.putLong(steps);
    for (int e : signExponent) {
      to.putShort((short) e);
    }
    to.putInt(control).putInt(status).putInt(tags).putInt(mxcsr);
    to.putLong(operandAt);
    for (long word : operand) {
      to.putLong(word);
    }
    for (long y : ymm) {
      to.putLong(y);
    }
  }

  /** Content of the data page before. */
  long[] memory() {
    long[] words = new long[512];
    long x = seed;
    for (int i = 0; i < words.length; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
      words[i] = x;
    }
    if (operandAt >= 0) {
      System.arraycopy(operand, 0, words, operandAt / 8, operand.length);
    }
    return words;
  }

  /** A line for a replay file. */
  String line() {
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    write(b);
    boolean avx = Arrays.stream(ymm).anyMatch(y -> y != 0) || (operand[2] | operand[3]) != 0;
    return HexFormat.of().formatHex(b.array(), 0, avx ? BYTES : SSE_BYTES);
  }

  /** Reads a line; old ones end before what AVX has. */
  static Trial parse(String line) {
    ByteBuffer b =
        ByteBuffer.wrap(HexFormat.of().parseHex(line)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    Trial t = new Trial();
    byte[] padded = new byte[CODE_BYTES];
    b.get(padded);
    t.code = Arrays.copyOf(padded, b.getInt());
    t.mode = b.getInt();
    for (int i = 0; i < 16; i++) {
      t.reg[i] = b.getLong();
    }
    t.flags = b.getLong();
    t.seed = b.getLong();
    for (int i = 0; i < 32; i++) {
      t.xmm[i] = b.getLong();
    }
    for (int i = 0; i < 8; i++) {
      t.mmx[i] = b.getLong();
    }
    t.steps = (int) b.getLong();
    t.parseFloats(b);
    return t;
  }

  private void parseFloats(ByteBuffer b) {
    for (int i = 0; i < 8; i++) {
      signExponent[i] = b.getShort() & 0xFFFF;
    }
    control = b.getInt();
    status = b.getInt();
    tags = b.getInt();
    mxcsr = b.getInt();
    operandAt = (int) b.getLong();
    for (int k = 0; k < operand.length && b.hasRemaining(); k++) {
      operand[k] = b.getLong();
    }
    for (int i = 0; i < ymm.length && b.hasRemaining(); i++) {
      ymm[i] = b.getLong();
    }
  }
}

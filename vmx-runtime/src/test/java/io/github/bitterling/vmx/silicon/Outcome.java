package io.github.bitterling.vmx.silicon;

import java.util.Arrays;
import java.util.StringJoiner;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** State after a trial. */
final class Outcome {
  private static final String[] WORDS = {
    "vector", "rip", "flags", "memory", "fcw", "fsw", "ftw", "mxcsr"
  };

  /** Exception vector, or -1 when the instruction completed. */
  int vector = -1;

  final long[] reg = new long[16];
  final long[] xmm = new long[32];
  final long[] ymm = new long[32];
  final long[] mmx = new long[8];
  final int[] signExponent = new int[8];
  int control;
  int status;
  int tags;
  int mxcsr;

  /** 128 bytes of the data page from the trial's operand on. */
  final long[] window = new long[16];

  long rip;
  long flags;

  /** Hash of the data page. */
  long hash;

  /** The data page of our side when the trial has an operand, to make another hash of. */
  long[] page;

  /** Linear address behind the last access that faulted; ours only, not compared. */
  long faultEnd;

  /** What differs between two outcomes, flags seen through a mask; empty when nothing does. */
  String difference(Outcome other, long flagMask) {
    StringBuilder out = new StringBuilder();
    compare(out, "vector", vector, other.vector);
    for (int i = 0; i < 16; i++) {
      compare(out, "r" + i, reg[i], other.reg[i]);
    }
    compare(out, "rip", rip, other.rip);
    compare(out, "flags", flags & flagMask, other.flags & flagMask);
    compare(out, "memory", hash, other.hash);
    if (!Arrays.equals(xmm, other.xmm)) {
      for (int i = 0; i < 32; i++) {
        compare(out, "xmm" + i / 2 + (i % 2 == 0 ? "l" : "h"), xmm[i], other.xmm[i]);
      }
    }
    for (int i = 0; i < 32; i++) {
      compare(out, "ymm" + i / 2 + (i % 2 == 0 ? "l" : "h"), ymm[i], other.ymm[i]);
    }
    for (int i = 0; i < 8; i++) {
      compare(out, "mm" + i, mmx[i], other.mmx[i]);
      compare(out, "exponent" + i, signExponent[i], other.signExponent[i]);
    }
    compare(out, "fcw", control, other.control);
    compare(out, "fsw", status, other.status);
    compare(out, "ftw", tags, other.tags);
    compare(out, "mxcsr", mxcsr, other.mxcsr);
    return out.toString();
  }

  private static void compare(StringBuilder out, String name, long host, long ours) {
    if (host != ours) {
      out.append(String.format(" %s host=%x ours=%x", name, host, ours));
    }
  }

  /** State before a trial, as if it had done nothing. */
  static Outcome before(Trial t) {
    Outcome o = new Outcome();
    System.arraycopy(t.reg, 0, o.reg, 0, 16);
    System.arraycopy(t.xmm, 0, o.xmm, 0, 32);
    System.arraycopy(t.ymm, 0, o.ymm, 0, 32);
    System.arraycopy(t.mmx, 0, o.mmx, 0, 8);
    System.arraycopy(t.signExponent, 0, o.signExponent, 0, 8);
    o.control = t.control;
    o.status = t.status;
    o.tags = t.tags;
    o.mxcsr = t.mxcsr;
    o.rip = t.ip();
    o.flags = t.flags & UndefinedFlags.ALL;
    long[] memory = t.memory();
    for (long word : memory) {
      o.hash = (o.hash ^ word) * 0x9E3779B97F4A7C15L;
    }
    if (t.operandAt >= 0) {
      System.arraycopy(memory, t.operandAt / 8, o.window, 0, 16);
    }
    return o;
  }

  /** What a trial changed, as words {@code name=hex} for a replay file. */
  String changes(Trial t) {
    Outcome from = before(t);
    long[] mine = words();
    long[] old = from.words();
    StringJoiner out = new StringJoiner(" ");
    for (int i = 0; i < mine.length; i++) {
      if (mine[i] != old[i]) {
        out.add(name(i) + "=" + Long.toHexString(mine[i]));
      }
    }
    return out.toString();
  }

  /** Reads {@link #changes}. */
  static Outcome parse(Trial t, String changes) {
    Outcome o = before(t);
    long[] words = o.words();
    for (String change : changes.isBlank() ? new String[0] : changes.trim().split(" ")) {
      String[] pair = change.split("=");
      int at = 0;
      while (!name(at).equals(pair[0])) {
        at++;
      }
      words[at] = Long.parseUnsignedLong(pair[1], 16);
    }
    o.take(words);
    return o;
  }

  /**
   * Takes a byte of the operand's surroundings from another outcome, and the page's hash with it.
   *
   * @param offset from the trial's operand, below 128
   */
  void take(Trial t, Outcome from, int offset) {
    if (page == null) {
      return;
    }
    int shift = offset % 8 * 8;
    long mask = 0xFFL << shift;
    int at = t.operandAt / 8 + offset / 8;
    page[at] = page[at] & ~mask | from.window[offset / 8] & mask;
    hash = 0;
    for (long word : page) {
      hash = (hash ^ word) * 0x9E3779B97F4A7C15L;
    }
  }

  private static String name(int i) {
    int at = i;
    if (at < WORDS.length) {
      return WORDS[at];
    }
    at -= WORDS.length;
    String[] groups = {"r", "x", "m", "e", "w", "y"};
    int[] sizes = {16, 32, 8, 8, 16, 32};
    for (int g = 0; g < groups.length; g++) {
      if (at < sizes[g]) {
        return groups[g] + at;
      }
      at -= sizes[g];
    }
    throw new IllegalArgumentException("an outcome has no word " + i);
  }

  private long[] words() {
    LongStream.Builder all = LongStream.builder();
    LongStream.of(vector, rip, flags & UndefinedFlags.ALL, hash, control, status, tags, mxcsr)
        .forEach(all);
    LongStream.of(reg).forEach(all);
    LongStream.of(xmm).forEach(all);
    LongStream.of(mmx).forEach(all);
    IntStream.of(signExponent).forEach(all::add);
    LongStream.of(window).forEach(all);
    LongStream.of(ymm).forEach(all);
    return all.build().toArray();
  }

  private void take(long[] words) {
    vector = (int) words[0];
    rip = words[1];
    flags = words[2];
    hash = words[3];
    control = (int) words[4];
    status = (int) words[5];
    tags = (int) words[6];
    mxcsr = (int) words[7];
    int at = WORDS.length;
    System.arraycopy(words, at, reg, 0, 16);
    System.arraycopy(words, at + 16, xmm, 0, 32);
    System.arraycopy(words, at + 48, mmx, 0, 8);
    for (int i = 0; i < 8; i++) {
      signExponent[i] = (int) words[at + 56 + i];
    }
    System.arraycopy(words, at + 64, window, 0, 16);
    System.arraycopy(words, at + 80, ymm, 0, 32);
  }
}

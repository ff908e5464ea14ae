package io.github.bitterling.vmx.bare;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** A state and the memory words that differ from the background. */
final class BareCase {
  /** Memory that is compared: 128 KiB from 0. */
  static final int ARENA = 0x20000;

  String name = "";
  BareState state = new BareState();
  final Map<Integer, Long> words = new TreeMap<>();

  /** HLT at the entry of each handler, NOP between: what is before a handler is no HLT. */
  private static final long HANDLER = 0x90909090909090F4L;

  /** A single step of the NOP is over before the HLT. */
  private static final long CODE = 0xF490F490F490F490L;

  private static final long BREAKPOINTS = 0xCCCCCCCCCCCCCCCCL;

  /** What memory holds where a case says nothing; as in bare.c and monitor.c. */
  private static long background(int word) {
    return switch (word >> 12) {
      case 3 -> HANDLER;
      case 8 -> CODE;
      case 9, 10, 11, 12, 13, 14, 15 -> BREAKPOINTS;
      default -> 0;
    };
  }

  static byte[] background() {
    ByteBuffer b = ByteBuffer.allocate(ARENA).order(ByteOrder.LITTLE_ENDIAN);
    for (int word = 0; word < ARENA; word += 8) {
      b.putLong(background(word));
    }
    return b.array();
  }

  BareCase copy() {
    BareCase c = new BareCase();
    c.name = name;
    c.state = state.copy();
    c.words.putAll(words);
    return c;
  }

  /** The 8 bytes before the case runs; {@code at} is a multiple of 8. */
  long word(int at) {
    return words.getOrDefault(at, background(at));
  }

  /** So many bytes before the case runs, any alignment. */
  long get(int at, int bytes) {
    long value = 0;
    for (int k = 0; k < bytes; k++) {
      value |= (word(at + k & ~7) >>> 8 * (at + k & 7) & 0xFF) << 8 * k;
    }
    return value;
  }

  /** Puts so many bytes, any alignment. */
  void put(int at, long value, int bytes) {
    for (int k = 0; k < bytes; k++) {
      int word = at + k & ~7;
      int shift = 8 * (at + k & 7);
      long old = word(word);
      words.put(word, old & ~(0xFFL << shift) | (value >>> 8 * k & 0xFF) << shift);
    }
  }

  void put(int at, byte[] bytes) {
    for (int k = 0; k < bytes.length; k++) {
      put(at + k, bytes[k], 1);
    }
  }

  int size() {
    return 8 + BareState.BYTES + 16 * words.size();
  }

  void write(ByteBuffer to) {
    to.putInt(words.size()).putInt(0);
    state.write(to);
    words.forEach((at, value) -> to.putLong(at).putLong(value));
  }

  /** A line for a replay file. */
  String line() {
    ByteBuffer b = ByteBuffer.allocate(size()).order(ByteOrder.LITTLE_ENDIAN);
    write(b);
    return name.replace(' ', '_') + " " + HexFormat.of().formatHex(b.array());
  }

  static BareCase parse(String line) {
    String[] parts = line.split(" ");
    ByteBuffer b =
        ByteBuffer.wrap(HexFormat.of().parseHex(parts[1])).order(ByteOrder.LITTLE_ENDIAN);
    return read(parts[0].replace('_', ' '), b);
  }

  static BareCase read(String name, ByteBuffer b) {
    int words = b.getInt();
    b.getInt();
    BareCase c = new BareCase();
    c.state = BareState.read(b);
    c.name = name;
    for (int i = 0; i < words; i++) {
      c.words.put((int) b.getLong(), b.getLong());
    }
    return c;
  }
}

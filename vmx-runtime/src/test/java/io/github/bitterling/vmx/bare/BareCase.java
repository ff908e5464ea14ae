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

  /**
   * HLT in the handlers' page and in the upper half of the first 64 KiB, 0 elsewhere; as in bare.c.
   */
  static byte[] background() {
    byte[] b = new byte[ARENA];
    java.util.Arrays.fill(b, 0x3000, 0x4000, (byte) 0xF4);
    java.util.Arrays.fill(b, 0x8000, 0x10000, (byte) 0xF4);
    return b;
  }

  private long background(int word) {
    return word >= 0x3000 && word < 0x4000 || word >= 0x8000 && word < 0x10000
        ? 0xF4F4F4F4F4F4F4F4L
        : 0;
  }

  /** Puts so many bytes, any alignment. */
  void put(int at, long value, int bytes) {
    for (int k = 0; k < bytes; k++) {
      int word = at + k & ~7;
      int shift = 8 * (at + k & 7);
      long old = words.getOrDefault(word, background(word));
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
    int words = b.getInt();
    b.getInt();
    BareCase c = new BareCase();
    c.state = BareState.read(b);
    c.name = parts[0].replace('_', ' ');
    for (int i = 0; i < words; i++) {
      c.words.put((int) b.getLong(), b.getLong());
    }
    return c;
  }
}

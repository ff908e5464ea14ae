package io.github.bitterling.vmx.bare;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How a case ended. */
final class BareOutcome {
  static final int CHANGES = 64;
  static final int MOST_BYTES = 8 + BareState.BYTES + 16 * CHANGES;

  /** KVM's exit reasons. */
  static final int HALT = 5;

  static final int SHUTDOWN = 8;
  static final int LATE = 2000;
  static final int REFUSED = 1000;

  int end;

  /** Of ours: it used memory outside the arena, which is the oracle's own. */
  boolean beyond;

  BareState state;

  /** How it came about; only of a case that was followed. */
  List<BareStep> steps = List.of();

  final TreeMap<Integer, Long> changes = new TreeMap<>();

  static BareOutcome refused() {
    BareOutcome o = new BareOutcome();
    o.end = REFUSED;
    o.state = new BareState();
    return o;
  }

  BareOutcome copy() {
    ByteBuffer b = ByteBuffer.allocate(MOST_BYTES);
    write(b);
    return read(b.flip());
  }

  /**
   * Takes bits of memory as another outcome has them, at any alignment.
   *
   * @param bits of the 8 bytes at {@code at}
   */
  void takeBits(BareCase c, BareOutcome from, int at, long bits) {
    int shift = 8 * (at & 7);
    takeWord(c, from, at & ~7, bits << shift);
    if (shift != 0) {
      takeWord(c, from, (at & ~7) + 8, bits >>> 64 - shift);
    }
  }

  /** Up to 8 bytes at any alignment. */
  long get(BareCase c, int at, int bytes) {
    long value = 0;
    for (int k = 0; k < bytes; k++) {
      int word = at + k & ~7;
      value |= (changes.getOrDefault(word, c.word(word)) >>> 8 * (at + k & 7) & 0xFF) << 8 * k;
    }
    return value;
  }

  /** Up to 8 bytes at any alignment. */
  void put(BareCase c, int at, long value, int bytes) {
    for (int k = 0; k < bytes; k++) {
      int word = at + k & ~7;
      if (changes.size() >= CHANGES && word > changes.lastKey()) {
        return; // it is not in the list
      }
      int shift = 8 * (at + k & 7);
      long before = c.word(word);
      long now = changes.getOrDefault(word, before) & ~(0xFFL << shift);
      long then = now | (value >>> 8 * k & 0xFF) << shift;
      changes.put(word, then);
      changes.remove(word, before);
    }
  }

  private void takeWord(BareCase c, BareOutcome from, int word, long bits) {
    long before = c.word(word);
    long theirs = from.changes.getOrDefault(word, before);
    long value = changes.getOrDefault(word, before) & ~bits | theirs & bits;
    if (value == before) {
      changes.remove(word);
    } else {
      changes.put(word, value);
    }
  }

  void write(ByteBuffer to) {
    to.putInt(end).putInt(changes.size());
    state.write(to);
    changes.forEach((at, value) -> to.putLong(at).putLong(value));
  }

  static BareOutcome read(ByteBuffer from) {
    BareOutcome o = new BareOutcome();
    o.end = from.getInt();
    int n = from.getInt();
    o.state = BareState.read(from);
    for (int i = 0; i < n; i++) {
      o.changes.put((int) from.getLong(), from.getLong());
    }
    return o;
  }

  /** After a shutdown nothing but that fact is compared. */
  String difference(BareOutcome ours) {
    StringBuilder out = new StringBuilder();
    BareState.compare(out, "end", end, ours.end);
    if (end == HALT && ours.end == HALT) {
      state.difference(ours.state, out);
      memory(ours, out);
    }
    return out.toString();
  }

  private void memory(BareOutcome ours, StringBuilder out) {
    Map<Integer, Long> all = new TreeMap<>(changes);
    all.putAll(ours.changes);
    for (int at : all.keySet()) {
      Long h = changes.get(at);
      Long o = ours.changes.get(at);
      if (h == null || !h.equals(o)) {
        out.append(
            String.format(
                " [%x] host=%s ours=%s",
                at,
                h == null ? "same" : Long.toHexString(h),
                o == null ? "same" : Long.toHexString(o)));
      }
    }
  }
}

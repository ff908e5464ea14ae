package io.github.bitterling.vmx.bare;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/** How a case of user mode ended: always in an exception. */
final class UserOutcome {
  static final int BYTES = 8 + 8 * (2 + 16 + 2 + 6) + 16 * BareOutcome.CHANGES;
  private static final int ERROR_CODES = 1 << 8 | 0xF << 10 | 1 << 14 | 1 << 17;
  private static final int TF_RF_ID = 0x210100;

  int vector;
  long error;
  long cr2;
  final long[] reg = new long[16];
  long rip;
  long flags;
  final int[] selector = new int[6];
  final Map<Integer, Long> changes = new TreeMap<>();

  static UserOutcome read(ByteBuffer from) {
    UserOutcome o = new UserOutcome();
    o.vector = from.getInt();
    int n = from.getInt();
    o.error = from.getLong();
    o.cr2 = from.getLong();
    for (int i = 0; i < 16; i++) {
      o.reg[i] = from.getLong();
    }
    o.rip = from.getLong();
    o.flags = from.getLong();
    for (int i = 0; i < 6; i++) {
      o.selector[i] = (int) from.getLong();
    }
    for (int i = 0; i < BareOutcome.CHANGES; i++) {
      int at = (int) from.getLong();
      long value = from.getLong();
      if (i < n) {
        o.changes.put(at, value);
      }
    }
    return o;
  }

  /** From the frame that our handler finds; memory is that behind the case. */
  static UserOutcome of(BareOutcome ours) {
    UserOutcome o = new UserOutcome();
    BareState s = ours.state;
    o.vector =
        ours.end == BareOutcome.HALT && s.segment[1].dpl() == 0
            ? (int) (s.rip & 0xFFF) / 8
            : -ours.end;
    boolean code = o.vector >= 0 && (ERROR_CODES >> o.vector & 1) != 0;
    int frame = (int) s.reg[4] & BareCase.ARENA - 1;
    if (code) {
      o.error = ours.changes.getOrDefault(frame, 0L);
      frame += 8;
    }
    o.cr2 = s.cr2;
    System.arraycopy(s.reg, 0, o.reg, 0, 16);
    o.rip = ours.changes.getOrDefault(frame, 0L);
    o.flags = ours.changes.getOrDefault(frame + 16, 0L);
    o.reg[4] = ours.changes.getOrDefault(frame + 24, 0L);
    for (int i = 0; i < 6; i++) {
      o.selector[i] = s.segment[i].selector;
    }
    o.selector[1] = (int) (long) ours.changes.getOrDefault(frame + 8, 0L);
    o.selector[2] = (int) (long) ours.changes.getOrDefault(frame + 32, 0L);
    ours.changes.forEach(
        (at, value) -> {
          if (at >= 0x9000 && at < 0xD000) {
            o.changes.put(at, value);
          }
        });
    return o;
  }

  UserOutcome copy() {
    UserOutcome o = new UserOutcome();
    o.vector = vector;
    o.error = error;
    o.cr2 = cr2;
    System.arraycopy(reg, 0, o.reg, 0, 16);
    o.rip = rip;
    o.flags = flags;
    System.arraycopy(selector, 0, o.selector, 0, 6);
    o.changes.putAll(changes);
    return o;
  }

  /** Writes so many bytes of the data pages, any alignment. */
  void put(BareCase c, int at, long value, int bytes) {
    for (int k = 0; k < bytes; k++) {
      int word = at + k & ~7;
      int shift = 8 * (at + k & 7);
      long old = changes.getOrDefault(word, c.word(word));
      long now = old & ~(0xFFL << shift) | (value >>> 8 * k & 0xFF) << shift;
      if (now == c.word(word)) {
        changes.remove(word);
      } else {
        changes.put(word, now);
      }
    }
  }

  /**
   * @param stack mask of the stack pointer: the kernel's way back to a 16-bit stack loses the upper
   *     bits
   */
  String difference(UserOutcome ours, long stack) {
    StringBuilder out = new StringBuilder();
    BareState.compare(out, "vector", vector, ours.vector);
    // Which pages of its own half are there is the kernel's
    long there = vector == 14 && ours.vector == 14 && cr2 < 0 ? ~1 : -1;
    BareState.compare(out, "error", error & there, ours.error & there);
    if (vector == 14 && ours.vector == 14) {
      BareState.compare(out, "cr2", cr2, ours.cr2);
    }
    for (int i = 0; i < 16; i++) {
      BareState.compare(
          out, "r" + i, reg[i] & (i == 4 ? stack : -1), ours.reg[i] & (i == 4 ? stack : -1));
    }
    BareState.compare(out, "rip", rip, ours.rip);
    BareState.compare(out, "flags", flags & ~TF_RF_ID, ours.flags & ~TF_RF_ID);
    for (int i = 0; i < 6; i++) {
      // Null selectors become 0 on the kernel's way back
      BareState.compare(
          out,
          BareState.SEGMENTS[i],
          selector[i] < 4 ? 0 : selector[i],
          ours.selector[i] < 4 ? 0 : ours.selector[i]);
    }
    Map<Integer, Long> all = new TreeMap<>(changes);
    all.putAll(ours.changes);
    for (int at : all.keySet()) {
      if (!java.util.Objects.equals(changes.get(at), ours.changes.get(at))) {
        out.append(
            String.format(" [%x] host=%x ours=%x", at, changes.get(at), ours.changes.get(at)));
      }
    }
    return out.toString();
  }
}

package io.github.bitterling.jit.programs;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A program and what it starts with.
 *
 * @param mode mode it runs in
 * @param seed of registers, data and slices
 * @param code from {@link ProgramMode#CODE} on
 * @param targets offsets of sixteen blocks to go on at
 * @param pieces offsets where instructions start, for making it smaller; empty when not known
 */
record Program(ProgramMode mode, long seed, byte[] code, int[] targets, List<Integer> pieces) {
  /** The same with one piece replaced by NOPs. */
  Program without(int piece) {
    byte[] less = code.clone();
    int end = piece + 1 < pieces.size() ? pieces.get(piece + 1) : code.length;
    Arrays.fill(less, pieces.get(piece), end, (byte) 0x90);
    return new Program(mode, seed, less, targets, pieces);
  }

  /** A line for a replay file. */
  String line() {
    StringBuilder s = new StringBuilder(mode + " " + seed + " ");
    for (int i = 0; i < targets.length; i++) {
      s.append(i == 0 ? "" : ",").append(targets[i]);
    }
    int end = code.length;
    while (end > 0 && code[end - 1] == (byte) 0x90) {
      end--;
    }
    return s + " " + code.length + " " + HexFormat.of().formatHex(code, 0, end);
  }

  static Program parse(String line) {
    String[] f = line.split(" ");
    byte[] code = new byte[Integer.parseInt(f[3])];
    Arrays.fill(code, (byte) 0x90);
    byte[] given = f.length > 4 ? HexFormat.of().parseHex(f[4]) : new byte[0];
    System.arraycopy(given, 0, code, 0, given.length);
    int[] targets = Arrays.stream(f[2].split(",")).mapToInt(Integer::parseInt).toArray();
    return new Program(ProgramMode.valueOf(f[0]), Long.parseLong(f[1]), code, targets, List.of());
  }
}

package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Row;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * VEX encodings that the table does not have are undefined to the host's processor too: wrong
 * VEX.vvvv, L, W, pp, prefixes before VEX, opcodes that are not there.
 */
class VexUndefinedTests {
  private static final int TRIALS = Integer.getInteger("silicon.undefined", 20_000);
  private static final int BATCH = 20_000;
  private static final long SEED = Long.getLong("silicon.seed", 20261127);
  private static final int[] PREFIXES = {0x66, 0xF2, 0xF3, 0xF0, 0x48, 0x64, 0x67};

  /** VPERMQ and VPERMPD with VEX.W = 0: undefined in the SDM, AMD's do not look at W. */
  private static final Set<String> AMD = Set.of("3 00 1", "3 01 1");

  private final Random random = new Random(SEED);
  private final Decoder decoder = new Decoder();
  private final List<String> opcodes = new ArrayList<>();

  @Test
  void undefinedEncodingsAreUndefinedOnTheHost() throws Exception {
    Host host = Host.build(Files.createTempDirectory("silicon"));
    assumeTrue(host != null, "needs an x86-64 Linux host with gcc");
    HostFeatures features = new HostFeatures();
    for (int r = 0; r < decoder.table().size(); r++) {
      Row row = decoder.table().row(r);
      if (VexEncoding.is(row)) {
        assumeTrue(features.has(row), "needs all VEX features of the table");
        opcodes.add(row.opcode());
      }
    }
    Map<String, String> wrong = new TreeMap<>();
    for (int left = TRIALS; left > 0; left -= BATCH) {
      compare(host, Math.min(left, BATCH), wrong);
    }
    assertEquals("", String.join("\n", wrong.values()), wrong.size() + " encodings the host knows");
  }

  private void compare(Host host, int count, Map<String, String> wrong) throws Exception {
    List<Trial> trials = new ArrayList<>();
    while (trials.size() < count) {
      Trial t = trial();
      if (t != null) {
        trials.add(t);
      }
    }
    List<Outcome> outcomes = host.run(trials);
    for (int i = 0; i < count; i++) {
      int vector = outcomes.get(i).vector;
      Trial t = trials.get(i);
      if (vector != 6 && !AMD.contains(key(t))) {
        String text = HexFormat.of().formatHex(t.code) + " mode " + t.mode + " vector " + vector;
        wrong.putIfAbsent(key(t), text);
      }
    }
  }

  /** Map, opcode and pp. */
  private static String key(Trial t) {
    int n = 0;
    while ((t.code[n] & 0xFE) != 0xC4) {
      n++;
    }
    boolean third = (t.code[n] & 1) == 0;
    int last = third ? t.code[n + 2] : t.code[n + 1];
    return String.format(
        "%x %02x %x", third ? t.code[n + 1] & 31 : 1, t.code[n + (third ? 3 : 2)], last & 3);
  }

  /** A trial whose code does not decode, or null. */
  private Trial trial() {
    Trial t = new Trial();
    t.mode = random.nextInt(3);
    byte[] b = new byte[15];
    random.nextBytes(b);
    int n = 0;
    if (random.nextInt(12) == 0) {
      int prefix = PREFIXES[random.nextInt(PREFIXES.length)];
      b[n++] = (byte) (prefix == 0x48 && !t.code64() ? 0x66 : prefix);
    }
    boolean third = random.nextBoolean();
    boolean wild = random.nextInt(4) == 0;
    int vvvv = random.nextInt(3) == 0 ? random.nextInt(16) : 15;
    int last = vvvv << 3 | random.nextInt(8);
    b[n] = (byte) (third ? 0xC4 : 0xC5);
    if (third) {
      b[n + 1] = (byte) (0xC0 | random.nextInt(2) << 5 | 1 + random.nextInt(wild ? 31 : 3));
      b[n + 2] = (byte) (last | random.nextInt(2) << 7);
    } else {
      b[n + 1] = (byte) (0xC0 | last);
    }
    if (!wild) {
      ownOpcode(b, n, third);
    }
    Insn i = decoder.decode(p -> b[p] & 0xFF, 0, t.modeKey() & ModeKey.CODE_MASK);
    if (i.status() != Insn.Status.INVALID || otherFeature(b, n, third)) {
      return null;
    }
    t.code = Arrays.copyOf(b, b.length);
    t.seed = random.nextLong() | 1;
    Arrays.fill(t.reg, 0);
    t.reg[4] = Trial.DATA - t.dataBase() + 0x800;
    return t;
  }

  /** Map and opcode of some row. */
  private void ownOpcode(byte[] b, int n, boolean third) {
    String code = opcodes.get(random.nextInt(opcodes.size()));
    boolean longMap = code.startsWith("38", 9) || code.startsWith("3A", 9);
    if (longMap && third) {
      b[n + 1] = (byte) (b[n + 1] & 0xE0 | (code.charAt(10) == '8' ? 2 : 3));
      b[n + 3] = (byte) Integer.parseInt(code, 11, 13, 16);
    } else if (!longMap) {
      b[n + 1] = (byte) (third ? b[n + 1] & 0xE0 | 1 : b[n + 1]);
      b[n + (third ? 3 : 2)] = (byte) Integer.parseInt(code, 9, 11, 16);
    }
  }

  /**
   * What processors of today have with a VEX prefix beyond the table: mask registers of AVX-512,
   * AVX-VNNI, AVX-IFMA, AVX-NE-CONVERT, GFNI, VAES and VPCLMULQDQ, SHA512, SM3, SM4, AMX,
   * CMPccXADD.
   */
  private static boolean otherFeature(byte[] b, int n, boolean third) {
    int map = third ? b[n + 1] & 31 : 1;
    int opcode = b[n + (third ? 3 : 2)] & 0xFF;
    return switch (map) {
      case 1 -> opcode >= 0x41 && opcode <= 0x4B || opcode >= 0x90 && opcode <= 0x99;
      case 2 ->
          opcode >= 0x49 && opcode <= 0x5F
              || opcode >= 0xB0 && opcode <= 0xB5
              || opcode >= 0xC8 && opcode <= 0xEF
              || opcode == 0x72;
      case 3 ->
          opcode >= 0x30 && opcode <= 0x33 || opcode == 0x44 || opcode >= 0xCC && opcode <= 0xDE;
      default -> map >= 5 && map <= 7;
    };
  }
}

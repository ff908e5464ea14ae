package io.github.bitterling.frontend.decode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The rows of {@code instructions.txt} as flat arrays indexed by row number, and for each opcode of the four maps (one byte,
 * 0F, 0F38, 0F3A) the chain of rows that share it. Immutable after loading.
 */
public final class InstructionTable {
  static final int MAP_0F = 1;
  static final int MAP_0F38 = 2;
  static final int MAP_0F3A = 3;

  /** Bits of {@link #prefixes}: none, 66, F3, F2 is the effective mandatory prefix. */
  static final int PREFIX_NONE = 1;

  static final int PREFIX_66 = 2;
  static final int PREFIX_F3 = 4;
  static final int PREFIX_F2 = 8;

  private static final String[] CONDITIONS = {
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
  };

  private static final class Holder {
    static final InstructionTable INSTANCE = new InstructionTable();
  }

  private int count;
  private String[] line = new String[1100];
  private String[] inherited = new String[1100];
  private String[] mnemonic = new String[1100];
  private int[] operands = new int[1100];
  private int[] attributes = new int[1100];
  private short[] semantics = new short[1100];
  private byte[] prefixes = new byte[1100];
  private byte[] digit = new byte[1100];
  private byte[] form = new byte[1100];
  private short[] exact = new short[1100];
  private short[] next = new short[1100];
  private final short[] head = new short[4 * 256];
  private final short[] tail = new short[4 * 256];
  private final Map<String, Operand> operandNames = new HashMap<>();
  private final Map<String, Sem> semNames = new HashMap<>();

  private InstructionTable() {
    Arrays.fill(head, (short) -1);
    for (Operand o : Operand.values()) {
      operandNames.put(o == Operand.ONE ? "1" : o.name(), o);
    }
    for (Sem s : Sem.values()) {
      semNames.put(s.name(), s);
    }
    parse(text());
  }

  /** The table; parsed on first use. */
  public static InstructionTable get() {
    return Holder.INSTANCE;
  }

  private static String text() {
    try (InputStream in = InstructionTable.class.getResourceAsStream("instructions.txt")) {
      if (in == null) {
        throw new IllegalStateException("instructions.txt is not on the class path beside InstructionTable");
      }
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void parse(String text) {
    String common = "";
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        end = text.length();
      }
      if (end > start) {
        char first = text.charAt(start);
        if (first == '@') {
          common = text.substring(start + 1, end).trim();
        } else if (first != '#') {
          parseRow(text.substring(start, end), common);
        }
      }
      start = end + 1;
    }
  }

  private void parseRow(String row, String common) {
    List<String> words = words(row, new ArrayList<>(8));
    if (words.size() < 2) {
      throw bad(row, "expected at least opcode and mnemonic");
    }
    String name = words.get(1);
    int types = words.size() > 2 ? parseOperands(words.get(2), row) : 0;
    int bits = operandAttributes(types);
    for (int i = 3; i < words.size(); i++) {
      bits |= Attr.parse(words.get(i));
    }
    String key = tagged(words, "sem:");
    if (key.isEmpty()) {
      key = common.isEmpty() ? "" : tagged(words(common, new ArrayList<>(4)), "sem:");
    }
    if (key.isEmpty()) {
      int slash = name.indexOf('/');
      key = (slash < 0 ? name : name.substring(0, slash)).toUpperCase(Locale.ROOT);
    }
    Sem sem = semNames.get(key);
    if (sem == null) {
      throw bad(row, "unknown semantics key " + key);
    }
    addEncodings(words.get(0), name, types, bits, sem, row, common);
  }

  private static List<String> words(String s, List<String> out) {
    int i = 0;
    int n = s.length();
    while (i < n) {
      while (i < n && s.charAt(i) == ' ') {
        i++;
      }
      int from = i;
      while (i < n && s.charAt(i) != ' ') {
        i++;
      }
      if (i > from) {
        out.add(s.substring(from, i));
      }
    }
    return out;
  }

  private int parseOperands(String word, String row) {
    if (word.equals("-")) {
      return 0;
    }
    int packed = 0;
    int shift = 0;
    int from = 0;
    while (from <= word.length()) {
      int comma = word.indexOf(',', from);
      int end = comma < 0 ? word.length() : comma;
      Operand o = operandNames.get(word.substring(from, end));
      if (o == null || shift > 16) {
        throw bad(row, "unknown operand type or too many in " + word);
      }
      packed |= (o.ordinal() + 1) << shift;
      shift += 8;
      from = end + 1;
    }
    return packed;
  }

  private static int operandAttributes(int types) {
    int bits = 0;
    for (int rest = types; rest != 0; rest >>>= 8) {
      Operand o = Operand.of((rest & 0xFF) - 1);
      if (o.usesModRm()) {
        bits |= Attr.MODRM;
      }
      if (o.kind() == Operand.Kind.RM_IS_REG) {
        bits |= Attr.ANY_MOD;
      }
    }
    return bits;
  }

  private void addEncodings(String code, String name, int types, int bits, Sem sem, String row, String common) {
    int p = 0;
    int prefix = 15;
    int dot = code.indexOf('.');
    if (dot > 0) {
      prefix = prefixMask(code.substring(0, dot), row);
      p = dot + 1;
    }
    int map = 0;
    if (code.startsWith("0F38", p) && code.length() >= p + 6) {
      map = MAP_0F38;
      p += 4;
    } else if (code.startsWith("0F3A", p) && code.length() >= p + 6) {
      map = MAP_0F3A;
      p += 4;
    } else if (code.startsWith("0F", p) && code.length() >= p + 4) {
      map = MAP_0F;
      p += 2;
    }
    int opcode = Integer.parseInt(code, p, p + 2, 16);
    p += 2;
    int times = 1;
    int reg = -1;
    int mod = memoryOnly(types) ? 1 : registerOnly(types) ? 2 : 0;
    int modrm = -1;
    while (p < code.length()) {
      char c = code.charAt(p++);
      switch (c) {
        case '+' -> times = code.charAt(p++) == 'c' ? 16 : 8;
        case '/' -> reg = code.charAt(p++) - '0';
        case 'm' -> mod = 1;
        case 'r' -> mod = 2;
        case '=' -> {
          modrm = Integer.parseInt(code, p, p + 2, 16);
          p += 2;
        }
        default -> throw bad(row, "unexpected '" + c + "' in the opcode");
      }
    }
    if (reg >= 0 || modrm >= 0) {
      bits |= Attr.MODRM;
    }
    for (int k = 0; k < times; k++) {
      int r = newRow(row, common);
      mnemonic[r] = times == 16 ? name.replace("cc", CONDITIONS[k]) : name;
      operands[r] = types;
      attributes[r] = bits;
      semantics[r] = (short) sem.ordinal();
      prefixes[r] = (byte) prefix;
      digit[r] = (byte) reg;
      form[r] = (byte) mod;
      exact[r] = (short) modrm;
      link(map << 8 | opcode + k, r);
    }
  }

  private static boolean memoryOnly(int types) {
    for (int rest = types; rest != 0; rest >>>= 8) {
      if (Operand.of((rest & 0xFF) - 1).kind() == Operand.Kind.MEM) {
        return true;
      }
    }
    return false;
  }

  private static boolean registerOnly(int types) {
    for (int rest = types; rest != 0; rest >>>= 8) {
      if (Operand.of((rest & 0xFF) - 1).registerOnly()) {
        return true;
      }
    }
    return false;
  }

  private static int prefixMask(String word, String row) {
    return switch (word) {
      case "NP" -> PREFIX_NONE;
      case "66" -> PREFIX_66;
      case "F3" -> PREFIX_F3;
      case "F2" -> PREFIX_F2;
      case "N6" -> PREFIX_NONE | PREFIX_66;
      default -> throw bad(row, "unknown prefix " + word);
    };
  }

  private int newRow(String row, String common) {
    if (count == line.length) {
      grow();
    }
    line[count] = row;
    inherited[count] = common;
    next[count] = -1;
    return count++;
  }

  private void grow() {
    int n = count * 2;
    line = Arrays.copyOf(line, n);
    inherited = Arrays.copyOf(inherited, n);
    mnemonic = Arrays.copyOf(mnemonic, n);
    operands = Arrays.copyOf(operands, n);
    attributes = Arrays.copyOf(attributes, n);
    semantics = Arrays.copyOf(semantics, n);
    prefixes = Arrays.copyOf(prefixes, n);
    digit = Arrays.copyOf(digit, n);
    form = Arrays.copyOf(form, n);
    exact = Arrays.copyOf(exact, n);
    next = Arrays.copyOf(next, n);
  }

  private void link(int slot, int row) {
    if (head[slot] < 0) {
      head[slot] = (short) row;
    } else {
      next[tail[slot]] = (short) row;
    }
    tail[slot] = (short) row;
  }

  private static IllegalStateException bad(String row, String what) {
    return new IllegalStateException("instructions.txt: " + what + " in row: " + row);
  }

  /** Number of rows (after expanding +8 and +c). */
  public int size() {
    return count;
  }

  /** First row of an opcode, or -1. */
  int first(int map, int opcode) {
    return head[map << 8 | opcode];
  }

  /** Next row of the same opcode, or -1. */
  int next(int row) {
    return next[row];
  }

  /** True when some row of the opcode has a ModRM byte; all of them have it then. */
  boolean hasModRm(int row) {
    for (int r = row; r >= 0; r = next[r]) {
      if ((attributes[r] & Attr.MODRM) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether a row is meant by these prefixes, mode and ModRM byte (-1: not read). */
  boolean fits(int row, int prefix, boolean code64, int modrm) {
    int at = attributes[row];
    if ((prefixes[row] & prefix) == 0 || (at & (code64 ? Attr.I64 : Attr.O64)) != 0) {
      return false;
    }
    if (modrm < 0) {
      return true;
    }
    boolean register = modrm >= 0xC0 || (at & Attr.ANY_MOD) != 0;
    return (digit[row] < 0 || digit[row] == (modrm >> 3 & 7))
        && (exact[row] < 0 || exact[row] == modrm)
        && (form[row] == 0 || (form[row] == 2) == register);
  }

  public String mnemonic(int row) {
    return mnemonic[row];
  }

  public int attributes(int row) {
    return attributes[row];
  }

  public Sem semantics(int row) {
    return Sem.of(semantics[row]);
  }

  /** Number of operands of a row. */
  public int operandCount(int row) {
    int o = operands[row];
    return o == 0 ? 0 : o < 1 << 8 ? 1 : o < 1 << 16 ? 2 : 3;
  }

  /** Operand type k of a row; null beyond the last. */
  public Operand operand(int row, int k) {
    int o = operands[row] >>> 8 * k & 0xFF;
    return o == 0 ? null : Operand.of(o - 1);
  }

  /** All columns of a row. */
  public Row row(int r) {
    List<String> words = words(line[r] + " " + inherited[r], new ArrayList<>());
    List<Operand> types = new ArrayList<>();
    for (int k = 0; k < operandCount(r); k++) {
      types.add(operand(r, k));
    }
    return new Row(
        words.get(0), mnemonic[r], List.copyOf(types), attributes[r], semantics(r),
        tagged(words, "cpu:"), tagged(words, "w:"), tagged(words, "r:"), tagged(words, "u:"), tagged(words, "vmx:"));
  }

  private static String tagged(List<String> words, String tag) {
    for (String w : words) {
      if (w.startsWith(tag)) {
        return w.substring(tag.length());
      }
    }
    return "";
  }
}

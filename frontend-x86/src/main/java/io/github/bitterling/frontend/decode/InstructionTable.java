package io.github.bitterling.frontend.decode;

import io.github.bitterling.frontend.Feature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The rows of {@link InstructionRows} and {@link VexRows} as flat arrays indexed by row number, and
 * for each opcode of the maps (one byte, 0F, 0F38, 0F3A, and the last three with a VEX prefix) the
 * chain of rows that share it. Making a table only finds the lines of each opcode; a line is parsed
 * when its opcode is first met, so start-up pays for what it decodes. Rows whose feature the
 * processor lacks are not there: the encoding is what the next row that fits says, else undefined.
 * Not thread-safe: each decoder has its own.
 */
public final class InstructionTable {
  static final int MAP_0F = 1;
  static final int MAP_0F38 = 2;
  static final int MAP_0F3A = 3;

  /** Added to a map: with a VEX prefix. */
  static final int VEX = 4;

  /** Bits of a row's prefixes: none, 66, F3, F2 is the effective mandatory prefix. */
  static final int PREFIX_NONE = 1;

  static final int PREFIX_66 = 2;
  static final int PREFIX_F3 = 4;
  static final int PREFIX_F2 = 8;

  private static final int OPCODES = 8 * 256;

  // Bits of what a row asks of VEX.L and VEX.W
  private static final int L0 = 1;
  private static final int L1 = 2;
  private static final int W0 = 4;
  private static final int W1 = 8;

  private static final Set<Feature> VEX_FEATURES =
      EnumSet.of(Feature.AVX, Feature.AVX2, Feature.FMA, Feature.F16C, Feature.BMI1, Feature.BMI2);
  private static final int VEX_PART = 3;
  private static final String[] CONDITIONS = {
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
  };

  /** Lines by opcode: first and next line, and the line of common attributes each belongs to. */
  private final String[] text = {
    InstructionRows.INTEGER, InstructionRows.X87, InstructionRows.SIMD, VexRows.ALL
  };

  private int lines;
  private int[] lineStart = new int[1024];
  private short[] lineCommon = new short[1024];
  private short[] lineNext = new short[1024 * 2];
  private short[] lineOf = new short[1024 * 2];
  private int links;
  private final short[] firstLink = new short[OPCODES];
  private final short[] lastLink = new short[OPCODES];
  private final List<String> commons = new ArrayList<>();

  private int count;
  private int[] source = new int[256];
  private String[] mnemonic = new String[256];
  private int[] operands = new int[256];
  private int[] attributes = new int[256];
  private short[] semantics = new short[256];
  private byte[] prefixes = new byte[256];
  private byte[] digit = new byte[256];
  private byte[] form = new byte[256];
  private byte[] vex = new byte[256];
  private short[] exact = new short[256];
  private short[] next = new short[256];

  /** First row of an opcode, -1 none, -2 not parsed yet. */
  private final short[] head = new short[OPCODES];

  private final Map<String, Operand> operandNames = new HashMap<>(256);
  private final Map<String, Sem> semNames = new HashMap<>(1024);
  private final Set<Feature> features;

  /** Every row, for tools and tests. */
  public InstructionTable() {
    this(EnumSet.allOf(Feature.class));
  }

  /**
   * @param features of the processor
   */
  public InstructionTable(Set<Feature> features) {
    this.features = features;
    Arrays.fill(head, (short) -2);
    Arrays.fill(firstLink, (short) -1);
    for (Operand o : Operand.values()) {
      operandNames.put(o == Operand.ONE ? "1" : o.name(), o);
    }
    for (Sem s : Sem.values()) {
      semNames.put(s.name(), s);
    }
    for (int part = 0; part < VEX_PART; part++) {
      index(part);
    }
    if (features.stream().anyMatch(VEX_FEATURES::contains)) {
      index(VEX_PART);
    }
  }

  // Finding lines

  private void index(int part) {
    String s = text[part];
    int common = -1;
    int start = 0;
    while (start < s.length()) {
      int end = s.indexOf('\n', start);
      if (end > start) {
        char first = s.charAt(start);
        if (first == '@') {
          commons.add(s.substring(start + 1, end));
          common = commons.size() - 1;
        } else if (first != '#') {
          indexLine(s, start, part, common);
        }
      }
      start = end + 1;
    }
  }

  private void indexLine(String s, int start, int part, int common) {
    if (lines == lineStart.length) {
      lineStart = Arrays.copyOf(lineStart, 2 * lines);
      lineCommon = Arrays.copyOf(lineCommon, 2 * lines);
    }
    lineStart[lines] = part << 24 | start;
    lineCommon[lines] = (short) common;
    int p = s.charAt(start + 2) == '.' ? start + 3 : start;
    int slot = part == VEX_PART ? VEX << 8 : 0;
    if (s.startsWith("0F38", p) && hex(s, p + 4) >= 0) {
      slot |= MAP_0F38 << 8;
      p += 4;
    } else if (s.startsWith("0F3A", p) && hex(s, p + 4) >= 0) {
      slot |= MAP_0F3A << 8;
      p += 4;
    } else if (s.startsWith("0F", p) && hex(s, p + 2) >= 0) {
      slot |= MAP_0F << 8;
      p += 2;
    }
    slot |= hex(s, p);
    int times = s.charAt(p + 2) != '+' ? 1 : s.charAt(p + 3) == 'c' ? 16 : 8;
    for (int k = 0; k < times; k++) {
      link(slot + k);
    }
    lines++;
  }

  /** Two hexadecimal digits, or -1. */
  private static int hex(String s, int p) {
    int high = Character.digit(s.charAt(p), 16);
    int low = Character.digit(s.charAt(p + 1), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private void link(int slot) {
    if (links == lineOf.length) {
      lineOf = Arrays.copyOf(lineOf, 2 * links);
      lineNext = Arrays.copyOf(lineNext, 2 * links);
    }
    lineOf[links] = (short) lines;
    lineNext[links] = -1;
    if (firstLink[slot] < 0) {
      firstLink[slot] = (short) links;
    } else {
      lineNext[lastLink[slot]] = (short) links;
    }
    lastLink[slot] = (short) links++;
  }

  // Parsing lines

  private void parseOpcode(int slot) {
    head[slot] = -1;
    int last = -1;
    for (int link = firstLink[slot]; link >= 0; link = lineNext[link]) {
      if (!exists(lineOf[link])) {
        continue;
      }
      int row = parseRow(lineOf[link], slot & 0xFF);
      if (last < 0) {
        head[slot] = (short) row;
      } else {
        next[last] = (short) row;
      }
      last = row;
    }
  }

  private String line(int n) {
    String s = text[lineStart[n] >>> 24];
    int start = lineStart[n] & 0xFFFFFF;
    return s.substring(start, s.indexOf('\n', start));
  }

  private String common(int n) {
    return lineCommon[n] < 0 ? "" : commons.get(lineCommon[n]);
  }

  /** Whether the processor has the feature a line asks for. */
  private boolean exists(int lineNumber) {
    String row = line(lineNumber);
    String name = feature(row);
    if (name.isEmpty()) {
      name = feature(common(lineNumber));
    }
    return name.isEmpty() || features.contains(featureOf(name, row));
  }

  private static String feature(String row) {
    int at = row.indexOf("cpu:");
    if (at < 0) {
      return "";
    }
    int end = row.indexOf(' ', at);
    return row.substring(at + 4, end < 0 ? row.length() : end);
  }

  private static Feature featureOf(String name, String row) {
    try {
      return Feature.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw bad(row, "unknown CPUID feature " + name);
    }
  }

  private int parseRow(int lineNumber, int opcode) {
    String row = line(lineNumber);
    List<String> words = words(row);
    String name = words.get(1);
    int r = newRow(lineNumber);
    int types = words.size() > 2 ? parseOperands(words.get(2), row) : 0;
    int bits = 0;
    for (int i = 3; i < words.size(); i++) {
      bits |= Attr.parse(words.get(i));
    }
    if (isVex(lineNumber)) {
      bits |= vexAttributes(words);
    }
    operands[r] = types;
    attributes[r] = bits;
    String code = words.get(0);
    parseCode(code, r, row);
    operandFacts(r);
    mnemonic[r] = code.endsWith("+c") ? name.replace("cc", CONDITIONS[opcode & 15]) : name;
    semantics[r] = (short) semantics(name, words, common(lineNumber), row).ordinal();
    return r;
  }

  private Sem semantics(String name, List<String> words, String common, String row) {
    String key = tagged(words, "sem:");
    if (key.isEmpty()) {
      key = tagged(words(common), "sem:");
    }
    if (key.isEmpty()) {
      int slash = name.indexOf('/');
      key = (slash < 0 ? name : name.substring(0, slash)).toUpperCase(Locale.ROOT);
    }
    Sem sem = semNames.get(key);
    if (sem == null && key.startsWith("V")) {
      sem = semNames.get(key.substring(1));
    }
    if (sem == null) {
      throw bad(row, "unknown semantics key " + key);
    }
    return sem;
  }

  private boolean isVex(int lineNumber) {
    return lineStart[lineNumber] >>> 24 == VEX_PART;
  }

  /** Not in real and virtual-8086 mode; all but the ones on general registers need AVX state. */
  private static int vexAttributes(List<String> words) {
    boolean general = words.contains("cpu:BMI1") || words.contains("cpu:BMI2");
    return Attr.VEX | Attr.PM | (general ? 0 : Attr.AVX);
  }

  private static List<String> words(String s) {
    List<String> out = new ArrayList<>(8);
    int i = 0;
    int n = s.length();
    while (i < n) {
      int end = s.indexOf(' ', i);
      if (end < 0) {
        end = n;
      }
      if (end > i) {
        out.add(s.substring(i, end));
      }
      i = end + 1;
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
      if (o == null || shift > 24) {
        throw bad(row, "unknown operand type or too many in " + word);
      }
      packed |= (o.ordinal() + 1) << shift;
      shift += 8;
      from = end + 1;
    }
    return packed;
  }

  /** The opcode column behind the opcode itself: digit, form, exact ModRM. */
  private void parseCode(String code, int r, String row) {
    prefixes[r] = 15;
    digit[r] = -1;
    exact[r] = -1;
    int p = code.indexOf('.') + 1;
    if (p > 0) {
      prefixes[r] = (byte) prefixMask(code.substring(0, p - 1), row);
    }
    while (p < code.length() && Character.digit(code.charAt(p), 16) >= 0) {
      p++;
    }
    while (p < code.length()) {
      char c = code.charAt(p++);
      switch (c) {
        case '+' -> p++;
        case '/' -> {
          digit[r] = (byte) (code.charAt(p++) - '0');
          attributes[r] |= Attr.MODRM;
        }
        case 'L' -> vex[r] |= code.charAt(p++) == '0' ? L0 : L1;
        case 'W' -> vex[r] |= code.charAt(p++) == '0' ? W0 : W1;
        case 'm' -> form[r] = 1;
        case 'r' -> form[r] = 2;
        case '=' -> {
          exact[r] = (short) hex(code, p);
          attributes[r] |= Attr.MODRM;
          p += 2;
        }
        default -> throw bad(row, "unexpected '" + c + "' in the opcode");
      }
    }
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

  /** What follows from the operand types: a ModRM byte, its form. */
  private void operandFacts(int r) {
    for (int rest = operands[r]; rest != 0; rest >>>= 8) {
      Operand o = Operand.of((rest & 0xFF) - 1);
      if (o.usesModRm()) {
        attributes[r] |= Attr.MODRM;
      }
      if (o.kind() == Operand.Kind.RM_IS_REG) {
        attributes[r] |= Attr.ANY_MOD;
      }
      if (o.kind() == Operand.Kind.MEM || o.kind() == Operand.Kind.VSIB) {
        form[r] = 1;
      } else if (o.registerOnly()) {
        form[r] = 2;
      }
    }
  }

  private int newRow(int lineNumber) {
    if (count == source.length) {
      grow();
    }
    source[count] = lineNumber;
    vex[count] = 0;
    next[count] = -1;
    return count++;
  }

  private void grow() {
    int n = count * 2;
    source = Arrays.copyOf(source, n);
    mnemonic = Arrays.copyOf(mnemonic, n);
    operands = Arrays.copyOf(operands, n);
    attributes = Arrays.copyOf(attributes, n);
    semantics = Arrays.copyOf(semantics, n);
    prefixes = Arrays.copyOf(prefixes, n);
    digit = Arrays.copyOf(digit, n);
    form = Arrays.copyOf(form, n);
    vex = Arrays.copyOf(vex, n);
    exact = Arrays.copyOf(exact, n);
    next = Arrays.copyOf(next, n);
  }

  private static IllegalStateException bad(String row, String what) {
    return new IllegalStateException("instruction table: " + what + " in row: " + row);
  }

  // Looking up

  /**
   * Parses every row the processor has, for tools and tests that walk the table; returns how many
   * there are.
   */
  public int size() {
    for (int slot = 0; slot < OPCODES; slot++) {
      if (head[slot] == -2) {
        parseOpcode(slot);
      }
    }
    return count;
  }

  /** First row of an opcode, or -1. */
  int first(int map, int opcode) {
    int slot = map << 8 | opcode;
    if (head[slot] == -2) {
      parseOpcode(slot);
    }
    return head[slot];
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

  /**
   * Whether a row with a VEX prefix is meant by these bits; vvvv (0-15, not inverted) is 0 where no
   * operand is there.
   */
  boolean fitsVex(int row, int l, int w, int vvvv) {
    int asked = vex[row];
    return (asked & (l == 0 ? L1 : L0)) == 0
        && (asked & (w == 0 ? W1 : W0)) == 0
        && (vvvv == 0 || usesVvvv(row));
  }

  /** True when a row's memory operand has a vector as index. */
  boolean vectorIndexed(int row) {
    for (int rest = operands[row]; rest != 0; rest >>>= 8) {
      if (Operand.of((rest & 0xFF) - 1).kind() == Operand.Kind.VSIB) {
        return true;
      }
    }
    return false;
  }

  private boolean usesVvvv(int row) {
    for (int rest = operands[row]; rest != 0; rest >>>= 8) {
      if (Operand.of((rest & 0xFF) - 1).usesVvvv()) {
        return true;
      }
    }
    return false;
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
    return (39 - Integer.numberOfLeadingZeros(o)) / 8;
  }

  /** Operand type k of a row; null beyond the last. */
  public Operand operand(int row, int k) {
    int o = operands[row] >>> 8 * k & 0xFF;
    return o == 0 ? null : Operand.of(o - 1);
  }

  /** All columns of a row. */
  public Row row(int r) {
    List<String> words = words(line(source[r]) + " " + common(source[r]));
    List<Operand> types = new ArrayList<>();
    for (int k = 0; k < operandCount(r); k++) {
      types.add(operand(r, k));
    }
    return new Row(
        isVex(source[r]) ? "VEX." + words.get(0) : words.get(0),
        mnemonic[r],
        List.copyOf(types),
        attributes[r],
        semantics(r),
        tagged(words, "cpu:"),
        tagged(words, "w:"),
        tagged(words, "r:"),
        tagged(words, "u:"),
        tagged(words, "vmx:"));
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

package io.github.bitterling.vmx.model;

import io.github.bitterling.frontend.Feature;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads the text of a processor model. Each line is a word and its value; numbers of identification
 * are decimal, everything with bits is hexadecimal, with _ between digits where it helps. A line
 * that begins with # is a comment.
 *
 * <ul>
 *   <li>name, summary, brand: text
 *   <li>signature, microcode (hexadecimal), platform, ratio, physical-bits, linear-bits: numbers;
 *       last-leaf (hexadecimal): highest basic CPUID leaf
 *   <li>features: names of {@link Feature}; the line may be repeated
 *   <li>like NAME, as the first line: everything that model has, but for what the other lines give
 *       anew; features and bits are added
 *   <li>cr4, efer, xcr0, xss: names of bits that may be set
 *   <li>cpuid LEAF[.SUBLEAF] EAX EBX ECX EDX: a fixed answer; features are added to it
 *   <li>msr NUMBER RULE [RESET [WRITABLE]] NAME: an MSR the family's table does not have or has
 *       differently; RULE as in {@link MsrRow.Rule}, in small letters with hyphens
 *   <li>vmx NUMBER VALUE NAME: a VMX capability MSR
 * </ul>
 *
 * The texts are constants of classes, not resources, because the first resource costs a start 5 ms.
 */
final class ModelReader {
  private final String text;
  private final Map<String, String> values = new HashMap<>();
  private final Map<String, Long> bits = new HashMap<>();
  private final Set<Feature> features = EnumSet.noneOf(Feature.class);
  private final Map<Long, int[]> leaves = new HashMap<>();
  private final List<MsrRow> msrs = new ArrayList<>();
  private final Map<Integer, Long> vmx = new HashMap<>();

  /** What may be given once, by the lines so far. */
  private final Set<String> given = new HashSet<>();

  private int lineNumber;

  ModelReader(String text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException where the text is no model; the message says what was expected
   *     in which line
   */
  CpuModel read(int cores) {
    lines(text);
    for (Feature f : features) {
      announce(f);
    }
    return new CpuModel(
        value("name"),
        value("summary"),
        value("brand"),
        (int) number("signature", 16),
        (int) number("platform", 10),
        (int) number("ratio", 10),
        values.containsKey("microcode") ? (int) number("microcode", 16) : 0,
        cores,
        (int) number("physical-bits", 10),
        (int) number("linear-bits", 10),
        (int) number("last-leaf", 16),
        features,
        bits.getOrDefault("cr4", 0L),
        bits.getOrDefault("efer", 0L),
        bits.getOrDefault("xcr0", 0L),
        bits.getOrDefault("xss", 0L),
        leaves,
        msrs,
        vmx);
  }

  private void lines(String of) {
    int start = 0;
    while (start < of.length()) {
      int end = of.indexOf('\n', start);
      lineNumber++;
      if (end > start && of.charAt(start) != '#') {
        line(of.substring(start, end));
      }
      start = end + 1;
    }
  }

  /** The lines of another model, each of which this one may give anew. */
  private void like(String name) {
    int here = lineNumber;
    lineNumber = 0;
    lines(CpuModel.text(name));
    lineNumber = here;
    given.clear();
  }

  private void line(String line) {
    String[] words = words(line);
    switch (words[0]) {
      case "features" -> features(words);
      case "like" -> like(word(words, 1));
      case "cr4", "efer", "xcr0", "xss" -> bits(words);
      case "cpuid" -> leaf(words);
      case "msr" -> msr(words);
      case "vmx" -> vmx.put((int) hex(word(words, 1)), hex(word(words, 2)));
      case "name",
          "summary",
          "brand",
          "signature",
          "platform",
          "ratio",
          "microcode",
          "physical-bits",
          "linear-bits",
          "last-leaf" -> {
        if (!given.add(words[0])) {
          throw bad("second line with " + words[0]);
        }
        values.put(words[0], line.substring(words[0].length()).strip());
      }
      default -> throw bad("unknown word " + words[0]);
    }
  }

  /** By hand: regular expressions cost a start a millisecond. */
  private static String[] words(String line) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      int end = line.indexOf(' ', at);
      end = end < 0 ? line.length() : end;
      if (end > at) {
        words.add(line.substring(at, end));
      }
      at = end + 1;
    }
    return words.toArray(new String[0]);
  }

  private void features(String[] words) {
    for (int i = 1; i < words.length; i++) {
      try {
        features.add(Feature.valueOf(words[i]));
      } catch (IllegalArgumentException e) {
        throw bad("unknown feature " + words[i] + "; class Feature has the names");
      }
    }
  }

  private void bits(String[] words) {
    for (int i = 1; i < words.length; i++) {
      long mask = ControlBit.mask(words[0], words[i]);
      if (mask == 0) {
        throw bad(words[0] + " has no bit " + words[i]);
      }
      bits.put(words[0], bits.getOrDefault(words[0], 0L) | mask);
    }
  }

  private void leaf(String[] words) {
    String place = word(words, 1);
    int dot = place.indexOf('.');
    int leaf = (int) hex(dot < 0 ? place : place.substring(0, dot));
    long key = CpuModel.leafKey(leaf, dot < 0 ? 0 : (int) hex(place.substring(dot + 1)));
    int[] answer = new int[4];
    for (int i = 0; i < 4; i++) {
      answer[i] = (int) hex(word(words, 2 + i));
    }
    if (!given.add("leaf " + key)) {
      throw bad("second line for CPUID leaf " + words[1]);
    }
    leaves.put(key, answer);
  }

  private void announce(Feature f) {
    long key = CpuModel.leafKey(f.leaf(), f.subleaf());
    int[] answer = leaves.get(key);
    if (answer == null) {
      answer = new int[4];
      leaves.put(key, answer);
    }
    answer[f.register().ordinal()] |= f.mask();
  }

  private void msr(String[] words) {
    MsrRow.Rule rule = rule(word(words, 2));
    int numbers =
        switch (rule) {
          case ABSENT -> 0;
          case READ_ONLY -> 1;
          case STRICT, LENIENT -> 2;
        };
    long reset = numbers > 0 ? hex(word(words, 3)) : 0;
    long writable = numbers > 1 ? hex(word(words, 4)) : 0;
    msrs.add(
        new MsrRow((int) hex(word(words, 1)), word(words, 3 + numbers), reset, writable, rule));
  }

  private MsrRow.Rule rule(String word) {
    try {
      return MsrRow.Rule.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw bad("expected absent, read-only, strict or lenient, found " + word);
    }
  }

  private String word(String[] words, int i) {
    if (i >= words.length) {
      throw bad("expected " + i + " words or more behind " + words[0]);
    }
    return words[i];
  }

  private long hex(String word) {
    try {
      return Long.parseUnsignedLong(word.replace("_", ""), 16);
    } catch (NumberFormatException e) {
      throw bad("expected a hexadecimal number, found " + word);
    }
  }

  private String value(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "processor model " + values.getOrDefault("name", "without name") + ": no line " + name);
    }
    return value;
  }

  private long number(String name, int radix) {
    try {
      return Long.parseLong(value(name), radix);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "processor model " + value("name") + ": " + name + " is no number: " + value(name), e);
    }
  }

  private IllegalArgumentException bad(String what) {
    return new IllegalArgumentException(
        "processor model %s, line %d: %s"
            .formatted(values.getOrDefault("name", "without name"), lineNumber, what));
  }
}

package io.github.bitterling.minnow.dram;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Reads board skews. A line is {@code lane N rcven=PI wdqs=PI rdqs=A..B vref=A..B wdq=A..B}, fields
 * in any order, {@code dead} for a window without codes; nine lanes, 0 to 8; {@code #} starts a
 * comment.
 */
public final class SkewReader {
  /** RCVN delays at which memory reference code can find a strobe. */
  private static final Window RCVEN = new Window(1, 895);

  /** WDQS delays with room for a clock on both sides. */
  private static final Window WDQS = new Window(64, 895);

  private static final Window RDQS = new Window(0, 127);
  private static final Window VREF = new Window(-31, 31);
  private static final Window WDQ = new Window(-128, 128);
  private static final List<String> FIELDS = List.of("rcven", "wdqs", "rdqs", "vref", "wdq");
  private static final Pattern LANE = Pattern.compile("lane\\s+(\\d)((?:\\s+\\w+=\\S+)*)");
  private static final Pattern RANGE = Pattern.compile("(-?\\d{1,3})\\.\\.(-?\\d{1,3})");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,3}");

  private final String source;
  private final Map<Integer, LaneSkew> lanes = new TreeMap<>();
  private int line;

  private SkewReader(String source) {
    this.source = source;
  }

  /**
   * Reads a board.
   *
   * @param source where the text is from, for messages
   * @throws IllegalArgumentException with source, line, what was expected and what was found
   */
  public static BoardSkew read(String source, String text) {
    return new SkewReader(source).read(text);
  }

  private BoardSkew read(String text) {
    text.lines().forEach(this::line);
    List<Integer> missing =
        IntStream.range(0, DdrPhy.LANES).filter(n -> !lanes.containsKey(n)).boxed().toList();
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          source + ": expected a line for each lane from 0 to 8, not found: " + missing);
    }
    return new BoardSkew(List.copyOf(lanes.values()));
  }

  private void line(String text) {
    line++;
    String content = text.replaceFirst("#.*", "").strip();
    if (content.isEmpty()) {
      return;
    }
    Matcher m = LANE.matcher(content);
    if (!m.matches()) {
      throw wrong("\"lane N name=value ...\"", content);
    }
    int number = Integer.parseInt(m.group(1));
    if (number >= DdrPhy.LANES || lanes.containsKey(number)) {
      throw wrong("each lane from 0 to 8 once", "lane " + number);
    }
    lanes.put(number, lane(fields(m.group(2).strip())));
  }

  private Map<String, String> fields(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String field : text.isEmpty() ? new String[0] : text.split("\\s+")) {
      int at = field.indexOf('=');
      String name = field.substring(0, Math.max(0, at));
      if (!FIELDS.contains(name) || fields.put(name, field.substring(at + 1)) != null) {
        throw wrong("each of " + String.join(", ", FIELDS) + " once", "\"" + field + "\"");
      }
    }
    if (fields.size() < FIELDS.size()) {
      String found = String.join(", ", fields.keySet().stream().sorted().toList());
      throw wrong("all of " + String.join(", ", FIELDS), found);
    }
    return fields;
  }

  private LaneSkew lane(Map<String, String> fields) {
    return new LaneSkew(
        number("rcven", RCVEN, fields),
        number("wdqs", WDQS, fields),
        window("rdqs", RDQS, fields),
        window("vref", VREF, fields),
        window("wdq", WDQ, fields));
  }

  private int number(String name, Window allowed, Map<String, String> fields) {
    String value = fields.get(name);
    if (!NUMBER.matcher(value).matches() || !allowed.contains(Integer.parseInt(value))) {
      throw wrong(name + " from " + allowed.low() + " to " + allowed.high(), value);
    }
    return Integer.parseInt(value);
  }

  private Window window(String name, Window allowed, Map<String, String> fields) {
    String value = fields.get(name);
    if (value.equals("dead")) {
      return Window.DEAD;
    }
    Matcher m = RANGE.matcher(value);
    if (m.matches()) {
      int[] ends =
          Arrays.stream(new String[] {m.group(1), m.group(2)})
              .mapToInt(Integer::parseInt)
              .toArray();
      if (ends[0] <= ends[1] && allowed.contains(ends[0]) && allowed.contains(ends[1])) {
        return new Window(ends[0], ends[1]);
      }
    }
    throw wrong(
        "%s=A..B within %d..%d, or dead".formatted(name, allowed.low(), allowed.high()), value);
  }

  private IllegalArgumentException wrong(String expected, String found) {
    return new IllegalArgumentException(
        "%s, line %d: expected %s, found %s".formatted(source, line, expected, found));
  }
}

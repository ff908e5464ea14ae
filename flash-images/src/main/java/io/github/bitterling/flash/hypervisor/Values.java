package io.github.bitterling.flash.hypervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values of cores, sizes and ranges.
 *
 * @param text what stands behind the equals sign
 * @param wrong makes the exception from what was expected
 */
record Values(String text, Function<String, RuntimeException> wrong) {
  private static final long UNIT = 2L << 20;
  private static final long LARGEST = 3L << 30;
  private static final int CORES = 32;
  private static final int MAX_RANGES = 8;
  private static final Pattern SIZE = Pattern.compile("(\\d{1,8})([MmGg])");
  private static final Pattern RANGE =
      Pattern.compile("\\s*(\\p{XDigit}{1,9})\\s*(?:-\\s*(\\p{XDigit}{1,9})\\s*)?");

  SortedSet<Integer> cores() {
    SortedSet<Integer> cores = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      String number = part.strip();
      boolean good = number.matches("\\d{1,2}") && Integer.parseInt(number) < CORES;
      if (!good || !cores.add(Integer.parseInt(number))) {
        throw wrong.apply("core numbers as in 2,3");
      }
    }
    return cores;
  }

  long size() {
    Matcher m = SIZE.matcher(text);
    if (m.matches()) {
      boolean mega = "Mm".contains(m.group(2));
      long bytes = Long.parseLong(m.group(1)) << (mega ? 20 : 30);
      if (bytes > 0 && bytes % UNIT == 0 && bytes <= LARGEST) {
        return bytes;
      }
    }
    throw wrong.apply("a multiple of 2M up to 3G");
  }

  List<Range> ranges(long limit, long unit) {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      ranges.add(range(part, limit, unit));
    }
    if (ranges.size() > MAX_RANGES) {
      throw wrong.apply("at most 8 ranges");
    }
    return ranges;
  }

  private Range range(String part, long limit, long unit) {
    Matcher m = RANGE.matcher(part);
    if (m.matches()) {
      long first = Long.parseLong(m.group(1), 16);
      long last = m.group(2) == null ? first : Long.parseLong(m.group(2), 16);
      if (first <= last && last <= limit && first % unit == 0 && (last + 1) % unit == 0) {
        return new Range(first, last);
      }
    }
    throw wrong.apply(
        unit == 1
            ? "hexadecimal ports as in 60-64,70"
            : "hexadecimal ranges of whole pages as in FED00000-FED00FFF");
  }
}

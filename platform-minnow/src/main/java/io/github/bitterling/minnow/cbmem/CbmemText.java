package io.github.bitterling.minnow.cbmem;

import io.github.bitterling.minnow.cbmem.Cbmem.Timestamp;
import io.github.bitterling.minnow.cbmem.Cbmem.TimestampTable;
import io.github.bitterling.vmx.model.CpuModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** CBMEM as coreboot's program {@code cbmem} prints it, character for character. */
public final class CbmemText {
  private static final String NAMES = "timestamps.txt";
  private static final int FIRST = 0;

  private final StringBuilder out = new StringBuilder();
  private final Map<Integer, String> names = names();
  private final long megahertz;

  private CbmemText(TimestampTable table) {
    megahertz = table.megahertz() != 0 ? table.megahertz() : CpuModel.TSC_HERTZ / 1_000_000;
  }

  /**
   * What {@code cbmem -c} prints: bytes that are neither printable nor space are question marks.
   */
  public static String console(String console) {
    StringBuilder text = new StringBuilder(console);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean space = c >= '\t' && c <= '\r';
      if (!space && (c < ' ' || c > '~')) {
        text.setCharAt(i, '?');
      }
    }
    return text.append('\n').toString();
  }

  /** What {@code cbmem -t} prints: microseconds, and those since the stamp before. */
  public static String timestamps(TimestampTable table) {
    return new CbmemText(table).text(table);
  }

  private String text(TimestampTable table) {
    out.append(table.stamps().size()).append(" entries total:\n\n");
    line(FIRST, table.base(), 0);
    long previous = table.base();
    long total = 0;
    List<Timestamp> sorted =
        table.stamps().stream().sorted(Comparator.comparingLong(Timestamp::ticks)).toList();
    for (Timestamp stamp : sorted) {
      long ticks = stamp.ticks() + table.base();
      total += line(stamp.id(), ticks, previous);
      previous = ticks;
    }
    out.append("\nTotal Time: ").append(grouped(total)).append('\n');
    return out.toString();
  }

  private long line(int id, long ticks, long previous) {
    long step = Long.divideUnsigned(ticks - previous, megahertz);
    String name = names.getOrDefault(id, "<unknown>");
    out.append(String.format(Locale.ROOT, "%4d:%-50s", id, name));
    out.append(grouped(Long.divideUnsigned(ticks, megahertz)));
    if (previous != 0) {
      out.append(" (").append(grouped(step)).append(')');
    }
    out.append('\n');
    return step;
  }

  private static String grouped(long microseconds) {
    return String.format(Locale.ROOT, "%,d", microseconds);
  }

  /** coreboot's numbers and names, one a line. */
  private static Map<Integer, String> names() {
    try (InputStream in = CbmemText.class.getResourceAsStream(NAMES)) {
      Map<Integer, String> names = new HashMap<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        int tab = line.indexOf('\t');
        names.put(Integer.valueOf(line.substring(0, tab)), line.substring(tab + 1));
      }
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
